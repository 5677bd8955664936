/**
 * Products of packed weights as machine code. A weight of 4 bits and an input of 8 in numbers, one
 * row, one block of 32 columns, of which four are not zero:
 *
 * <pre>
 *   weights    0.5 * (code - 8):     codes    12  8  3  15      = 2, 0, -2.5, 3.5
 *   inputs     1.27 -2.54 0 0.04     scale    2.54 / 127 = 0.02
 *                                    codes    64 -127 0 2       (63.5 to the nearest even one)
 *   the sum starts with              -8 * (64 - 127 + 0 + 2)    = 488
 *   and adds                         12 * 64 + 8 * -127 + 15 * 2 = -218
 *   out        fma(270, 0.5 * 0.02, out)                        = out + 2.7
 * </pre>
 *
 * <p>Sums of a block are integers, exact in any order; blocks are added in the order of columns,
 * each with one rounding. So all instruction sets, all numbers of tokens and the plain loops give
 * the same bits.
 *
 * <ul>
 *   <li>How rounded inputs and weights lie is {@code machine.codes}.
 *   <li>{@code RoundingWriter}, {@code ProductWriter}: write the code; of the latter {@code
 *       ScalesWriter} makes floats of scales.
 *   <li>{@link io.flinkmistral.kernel.machine.product.ProductKernels}: makes functions of it, which
 *       {@code SelfTest} holds against {@code PlainProduct}.
 *   <li>{@code KernelWriters}: these writers, which are for x86-64, and those for AArch64, which
 *       are in a room of their own.
 * </ul>
 *
 * <p>For codes that lie in another way {@code PlainProduct} has to take them, too; the tests go
 * over all formats.
 */
package io.flinkmistral.kernel.machine.product;
