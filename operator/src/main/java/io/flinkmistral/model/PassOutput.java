package io.flinkmistral.model;

/**
 * What a forward pass gives.
 *
 * @param logits of the tokens for which they were wanted
 * @param hidden states that were wanted
 */
public record PassOutput(Logits logits, HiddenStates hidden) {}
