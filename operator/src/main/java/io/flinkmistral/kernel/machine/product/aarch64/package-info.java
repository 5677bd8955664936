/**
 * The kernels of the room above for AArch64: the same panels and inputs, the same formula, the same
 * bits. What differs from x86-64, class by class:
 *
 * <ul>
 *   <li>{@code NeonProductWriter} (there {@code ProductWriter}): a vector is 4 rows, and {@code
 *       sdot} takes four bytes of an input by their number from a register that has sixteen. Both
 *       factors have signs: bytes are taken as they are, and only their sums start with 0.
 *   <li>{@code NeonCodes} ({@code CodesWriter}): as shifts can insert into what is there, and masks
 *       of bytes are constants of an instruction, all kinds are in one class.
 *   <li>{@code NeonScales} ({@code ScalesWriter}), {@code NeonRoundingWriter} ({@code
 *       RoundingWriter}): one for one.
 * </ul>
 *
 * <pre>
 *   code.sdot(sum.s4(), codes.b16(), input.quad(2))
 *
 *   sum[r] += codes[4r] * input[8] + codes[4r + 1] * input[9] + ... * input[11]      r: 0 to 3
 * </pre>
 *
 * <p>The calling convention (Procedure Call Standard for the Arm 64-bit Architecture): parameters
 * in x0 to x7; x9 to x15, v0 to v7 and v16 to v31 are free, and the lower halves of v8 to v15 are
 * to be left as they were.
 */
package io.flinkmistral.kernel.machine.product.aarch64;
