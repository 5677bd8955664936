/**
 * How likely tokens were, as numbers while they are drawn, and as texts when a client is told.
 *
 * <pre>
 *   TokenLogprobs   token 312, -0.105; most likely 312, 871
 *   LogprobTexts    {"token": " Sofia", "logprob": -0.105, "top_logprobs": [...]}
 * </pre>
 *
 * Numbers are of the model's own logits, before penalties, bans and forms.
 */
package io.flinkmistral.generation.logprobs;
