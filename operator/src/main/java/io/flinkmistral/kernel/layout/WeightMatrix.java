package io.flinkmistral.kernel.layout;

import io.flinkmistral.kernel.Kernels;

/**
 * A weight matrix (rows, columns) in the form that one {@link Kernels} reads: a view of the mapped
 * file, or a repacked copy. Only the kernels that made it can use it.
 */
public interface WeightMatrix {
  int rows();

  int columns();
}
