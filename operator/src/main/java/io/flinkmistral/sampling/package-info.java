/**
 * Which token is drawn: steps that change logits, then a draw that a replay repeats.
 *
 * <pre>
 *   logits  --&gt;  penalties, bias, bans  --&gt;  temperature, top-k, typical-p, top-p, min-p
 *   TokenRandom: seed 7, token 3 of the answer  --&gt;  0.41...  --&gt;  the token at 0.41 of the rest
 * </pre>
 *
 * Random numbers depend on the seed and the token's index alone, never on what was drawn before.
 */
package io.flinkmistral.sampling;
