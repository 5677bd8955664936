package io.flinkmistral.kernel.machine.attention;

/**
 * What some scores come to.
 *
 * @param maximum the greatest, or no number if one of them is none
 * @param weight the sum of all {@code exp(score - maximum)}
 */
public record Softmax(float maximum, float weight) {}
