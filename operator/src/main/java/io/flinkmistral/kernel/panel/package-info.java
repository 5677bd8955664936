/**
 * Kernels of Java's vectors, as bytecode: {@code FloatRows}, {@code ByteRows} and {@code
 * IntegerRows} write what {@link io.flinkmistral.kernel.panel.PanelKernel} is. Of Q8_0, one row and
 * two columns:
 *
 * <pre>
 *   weights   3 -2         read as the tops of words, 3 * 2^24 and -2 * 2^24
 *   inputs    100 50       codes, written as 100 * 2^-24 and 50 * 2^-24
 *   sum       3 * 100 - 2 * 50 = 200, exact
 *   out       fma(200, 0.5 * 0.02, out) = out + 2, with the scales of both
 * </pre>
 */
package io.flinkmistral.kernel.panel;
