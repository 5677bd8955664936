package io.flinkmistral.kernel;

import jdk.incubator.vector.VectorShape;

/** The innermost loops of a product: some columns of one panel times some tokens. */
interface PanelKernel {
  /**
   * Adds to {@code out[t][r]} the products of row {@code r} and input {@code t} over some columns,
   * in their order.
   *
   * @param weights address of the first block
   * @param columns how many, a multiple of the layout's block
   * @param input address of the first column's inputs: floats (column, token), or what {@link
   *     QuantizedInput} says
   * @param out address of (tokens, 64) floats
   */
  void multiply(long weights, int columns, long input, long out);

  /**
   * What is constant in one compiled copy of a kernel.
   *
   * @param shape vectors
   * @param layout of the weights
   * @param tokens inputs at once
   * @param vectors of rows at once: 2 or 4
   */
  record Constants(VectorShape shape, PanelLayout layout, int tokens, int vectors) {}
}
