/**
 * What is decoded: a {@link io.flinkmistral.generation.Generation} writes an answer token by token,
 * a {@link io.flinkmistral.generation.Scoring} asks how likely given tokens are, an {@link
 * io.flinkmistral.generation.Embedding} makes a vector of them. All are a {@link
 * io.flinkmistral.generation.Sequence}: tokens for the next forward pass, and what is made of its
 * logits or hidden states.
 *
 * <p>An example, as the engine does it:
 *
 * <pre>{@code
 * SequenceInput input = sequence.nextInput(128);       // of the prompt, or the last token
 * Logits logits = transformer.forward(List.of(input));
 * List<Drawn> drawn = sequence.accept(logits, 0, input.logitRows());
 * }</pre>
 */
package io.flinkmistral.generation;
