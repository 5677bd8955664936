/**
 * The blocks of ggml's number formats: a class each, with a diagram of its bytes.
 *
 * <pre>
 *   Q4_0:   00 38 | 0B ...
 *           d     | number 0 in the low half, number 16 in the high one
 *
 *   d is 0x3800, half precision for 0.5
 *   number  0 = (11 - 8) * 0.5 =  1.5
 *   number 16 = ( 0 - 8) * 0.5 = -4.0
 * </pre>
 *
 * Q4_K and Q6_K have scales of scales, which are searched for when floats are rounded to them
 * ({@code Q4KQuantizer}, {@code Q6KQuantizer}). Blocks without a quantiser are read only.
 */
package io.flinkmistral.tensor.block;
