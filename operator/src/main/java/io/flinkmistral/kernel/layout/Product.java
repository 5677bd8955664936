package io.flinkmistral.kernel.layout;

/**
 * One of several products of the same inputs.
 *
 * @param weights (rows, columns)
 * @param out receives (tokens, rows), row by row
 */
public record Product(WeightMatrix weights, float[] out) {}
