/**
 * The arithmetic of a transformer: {@link io.flinkmistral.kernel.Kernels}. A product of a matrix of
 * 2 rows and 2 columns and one token's inputs in numbers:
 *
 * <pre>
 *   weights (1 2) (3 4), inputs (10 1)     out = (1 * 10 + 2 * 1, 3 * 10 + 4 * 1) = (12, 34)
 * </pre>
 *
 * Its way through the rooms:
 *
 * <pre>
 *   layout      how packed weights and rounded inputs lie
 *   packing     rows of a file become panels of 64 rows; packing.tiles
 *   Q2_K to Q8_0, IQ4, on Linux, x86-64 and AArch64: {@code vector.MachineProduct}
 *     assembler         instructions to bytes: x86-64, and assembler.aarch64
 *     machine           bytes to functions; what the CPU can do
 *     machine.codes     codes out of words
 *     machine.product   whole kernels, and what rounds inputs: x86-64, and machine.product.aarch64
 *   keys and values of 8 and 16 bits, on x86-64:
 *     machine.attention scores, their exponentials, and sums of values
 *   all others, and where there is no machine code:
 *     vector            products as tasks, and all else that Java's vectors do
 *     panel             their kernels, written as bytecode
 *     bytecode          what writes it, and has it compiled
 *   pool, memory, arithmetic     threads, memory outside of the heap, single numbers
 * </pre>
 *
 * <p>Surprises:
 *
 * <ul>
 *   <li>{@link io.flinkmistral.kernel.ScalarKernels} is the oracle: all others give its bits.
 *   <li>What is read where a file has it ({@code MatrixView}, {@code PanelProduct}) is slow, and
 *       for CPUs without vectors of 256 bits; keys and values are read in place at full speed
 *       ({@code machine.attention}; without machine code {@code StridedProduct}, {@code Strided}).
 *   <li>A panel has 64 rows; those of {@code Lanes}, which reads files, have 16.
 *   <li>Kernels of bytecode are made for a vector width, and told to HotSpot: C2 alone is to
 *       compile them.
 *   <li>No number format is named here, but where one has a packer of its own, and those that
 *       caches are read in place of.
 * </ul>
 *
 * <p>A new number format is a class in {@code tensor} and a line in {@code DataType}. If it says
 * how codes and scales lie ({@code CodeFormat}, {@code ByteFormat}) and {@code PanelLayout} has a
 * layout for these, that is all. If not: a constant of {@code PanelLayout} (and of {@code
 * LaneCodes}, where codes lie in another way); a class in {@code packing} for a fast start; a
 * constant of {@code machine.codes.PanelFormat} and a line in {@code MachineKernels}. Tests go over
 * all formats, and name what is missing.
 */
package io.flinkmistral.kernel;
