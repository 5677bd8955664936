/**
 * What is known of a number format, so that products need not ask which one it is.
 *
 * <pre>
 *   NumberFormat     numbers in a block, its bytes, how they become floats
 *     PlainFormat    each number for itself: F32, F16, BF16
 *     ByteFormat     whole numbers of 8 bits: d * s * whole     Q8_0, 34 bytes for 32 numbers
 *     CodeFormat     codes of 2 to 6 bits: scale * code - min   Q4_0, 18 bytes for 32 numbers
 *     BlockFormat    any other block: right, and slow
 * </pre>
 *
 * Codes are centred: those of Q4_0 are -8 to 7. {@link io.flinkmistral.tensor.format.CodeBlock} is
 * a group of them with its scale, for those who pack weights anew.
 */
package io.flinkmistral.tensor.format;
