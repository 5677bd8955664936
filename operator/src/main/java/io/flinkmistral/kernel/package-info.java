/**
 * The arithmetic of a transformer. A product's way:
 *
 * <pre>
 *   NumberFormat ──▶ PanelLayout     how weights of a format lie packed, chosen by what it says of itself
 *   Matrix ──▶ PanelMatrix           packed once ({@link io.flinkmistral.kernel.Kernels#pack}), or for each product anew
 *                PanelPacker ─▶ BlockRows (rows on their way) ─▶ BlockPacker ─▶ NumberBlocks, ByteBlocks,
 *                CodeBlocks (any format of a kind), NibbleBlocks and others (single formats, fast)
 *   weights of 2 to 8 bits, on Linux and x86-64: MachineProduct ──▶ machine.product, machine code
 *   all others, and where there is none:
 *   inputs ──▶ PackedInput           as floats, or by InputQuantizer as 8 bits (QuantizedInput, LaneCodes)
 *   PackedProduct ──▶ PanelKernels   which compiled kernel takes how many tokens
 *                       PanelKernel ◀─ FloatRows, ByteRows, IntegerRows: these write its bytecode
 * </pre>
 *
 * <p>Surprises:
 *
 * <ul>
 *   <li>{@link io.flinkmistral.kernel.ScalarKernels} is the oracle: all others give its bits.
 *   <li>What is read where a file has it ({@code MatrixView}, {@code PanelProduct}) is slow, and
 *       for CPUs without vectors of 256 bits; keys and values are read in place at full speed
 *       ({@code StridedProduct}, {@code Strided}).
 *   <li>A panel has 64 rows; those of {@code Lanes}, which reads files, have 16.
 *   <li>Kernels are bytecode that is made for a vector width, and told to HotSpot ({@code
 *       CompilerDirectives}, {@code KernelWarmUp}): C2 alone is to compile them.
 *   <li>No number format is named here, but where one has a packer of its own, and those that
 *       caches are read in place of.
 * </ul>
 */
package io.flinkmistral.kernel;
