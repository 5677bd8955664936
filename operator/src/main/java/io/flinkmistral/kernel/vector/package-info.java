/**
 * Java's vectors at work: the portable way, and what machine code does not do. A product's inputs
 * are written as kernels read them ({@code PackedInput}), its panels are tasks ({@code
 * PackedProduct}).
 *
 * <pre>
 *   14336 rows             224 panels of 64 rows, a task each
 *   13 tokens              a kernel for 8, and once more, with 3 of its places empty
 * </pre>
 *
 * <p>{@link io.flinkmistral.kernel.vector.PanelKernels} knows which kernel takes how many tokens;
 * {@code VectorLanes} are norms, softmax and other loops over floats; {@code StridedProduct} reads
 * keys and values where they lie; {@code CompilerDirectives} tell HotSpot about all of these.
 */
package io.flinkmistral.kernel.vector;
