/**
 * Writes x86-64 machine code: just the instructions that kernels here use. The room {@code aarch64}
 * does the same for that kind of CPU, class by class.
 *
 * <pre>
 *   Assembler code = new Assembler();
 *   code.vpaddd(zmm(1), zmm(2), at(RDI, 128));     adds 16 ints of memory, at rdi + 128, to zmm2
 *   code.ret();
 *   code.toBytes()                                 62 f1 6d 48 fe 4f 02  c3
 *
 *   62 f1 6d 48   EVEX: opcode map 0F, prefix 66, zmm1, zmm2 (inverted), 512 bits
 *   fe            the opcode
 *   4f            ModRM: register 1, base rdi, a displacement of one byte follows
 *   02            128, counted in vectors of 64 bytes
 * </pre>
 *
 * <p>{@link io.flinkmistral.kernel.assembler.Assembler} has a method for each instruction, which
 * names what the manual lists for it (Intel 64 and IA-32 Architectures Software Developer's Manual,
 * volume 2); three encoders put that into bytes. Vectors of 512 bits are encoded as EVEX, all
 * others as VEX.
 *
 * <p>To add an instruction: a method there, and lines for it in {@code encodings.py} of the tests,
 * which has GNU {@code as} record its bytes. A test holds every method to them, with each kind of
 * operand.
 *
 * <p>No library does this: the encoders for Java that are known either lack AVX-512 or are not in
 * Maven Central (iced's {@code iced-x86}).
 */
package io.flinkmistral.kernel.assembler;
