package io.flinkmistral.model;

import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.layout.WeightMatrix;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.weights.LoadListener;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * Packs a model's matrices for good, one after the other. Not while something is computed with
 * them.
 */
final class WeightPacking {
  private final Kernels kernels;
  private final WorkPool pool;
  private final LoadListener listener;
  private final int layers;
  private final Queue<Unit> left = new ArrayDeque<>();

  /**
   * A matrix.
   *
   * @param layer number of its layer, from 1 on
   * @param last of that layer
   */
  private record Unit(WeightMatrix weights, int layer, boolean last) {}

  /**
   * @param listener hears of each layer that is packed
   */
  WeightPacking(PreparedWeights weights, Kernels kernels, WorkPool pool, LoadListener listener) {
    this.kernels = kernels;
    this.pool = pool;
    this.listener = listener;
    this.layers = weights.layers().size();
    for (int layer = 1; layer <= layers; layer++) {
      List<WeightMatrix> matrices = weights.layers().get(layer - 1).matrices();
      for (WeightMatrix matrix : matrices) {
        left.add(new Unit(matrix, layer, matrix == matrices.getLast()));
      }
    }
    left.add(new Unit(weights.output(), layers, false));
  }

  /** Matrices that are not packed yet. */
  int left() {
    return left.size();
  }

  /** Packs one more; whether there was one. */
  boolean next() {
    Unit unit = left.peek();
    if (unit == null) {
      return false;
    }
    kernels.pack(unit.weights, pool);
    left.remove();
    if (unit.last) {
      listener.prepared(unit.layer, layers);
    }
    return true;
  }

  /** Packs all that are left. */
  void all() {
    while (next()) {}
  }
}
