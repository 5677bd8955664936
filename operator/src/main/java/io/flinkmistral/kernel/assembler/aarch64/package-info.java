/**
 * Writes AArch64 machine code, as the room above does x86-64's: just the instructions that kernels
 * here use. Each is one word.
 *
 * <pre>
 *   Aarch64Assembler code = new Aarch64Assembler();
 *   code.sdot(v(1).s4(), v(2).b16(), v(3).quad(2));   adds to each of 4 ints the products of 4 bytes
 *   code.ret();                                       of v2 with bytes 8 to 11 of v3
 *   code.toBytes()                                    41 e8 83 4f  c0 03 5f d6
 *
 *   4f83e841 = 4f80e000   the opcode
 *              |   800    upper bit of the number of the quad: 2 is 1, 0
 *              | 30000    register 3; 2 and 1 are the lowest ten bits
 * </pre>
 *
 * <p>{@link io.flinkmistral.kernel.assembler.aarch64.Aarch64Assembler} has a method for each
 * instruction, named as Arm's manual names it (Arm Architecture Reference Manual, DDI 0487, part
 * C); two encoders put it into words, for integers with memory and for vectors.
 *
 * <p>To add an instruction: a method there, and lines for it in {@code encodings_aarch64.py} of the
 * tests, which has GNU {@code as} record its words. A test holds every method to them.
 */
package io.flinkmistral.kernel.assembler.aarch64;
