package io.flinkmistral.protocol;

/**
 * How likely a token was in its place, by the model alone.
 *
 * @param id the token's
 * @param text the token's; U+FFFD stands for bytes that are no whole character
 * @param logprob the natural logarithm of its probability
 * @param rank its place among all tokens, the most probable of which has 1
 */
public record RankedToken(int id, String text, float logprob, int rank) {}
