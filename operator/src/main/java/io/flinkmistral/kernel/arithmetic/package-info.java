/**
 * What all kernels compute alike, in plain loops, and how numbers lie that they take.
 *
 * <pre>
 *   LaneSum of 1 to 20     lane 0: 1 + 17 = 18, lane 1: 2 + 18 = 20, lanes 2 and 3: 22, 24,
 *                          lanes 4 to 15: 5 to 16; and then lanes are added two by two
 *   Exponential of 1       1 / ln 2 = 1.44 to the nearest is 1, so 2^1 * e^(1 - ln 2) = 2 * 1.359
 * </pre>
 *
 * <p>Vectors take the same steps in each lane, whatever their width: so the bits are the same.
 */
package io.flinkmistral.kernel.arithmetic;
