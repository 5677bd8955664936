package io.flinkmistral.model;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.KvLayout;
import io.flinkmistral.cache.KvType;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.Strided;
import java.lang.foreign.MemorySegment;

/**
 * Products with keys and values in half precision, read where they lie: for so few queries that
 * panels of floats would not pay.
 */
final class HalfPages {
  private static final int ROWS = Kernels.PANEL;

  private final KvLayout layout;
  private final Kernels kernels;

  HalfPages(KvLayout layout, Kernels kernels) {
    this.layout = layout;
    this.kernels = kernels;
  }

  /** Whether it takes so many queries. */
  boolean take(int queries) {
    return queries == Kernels.HALF_INPUTS
        && layout.type() == KvType.F16
        && layout.pageTokens() % Kernels.HALF_ROWS == 0
        && layout.headDim() % Kernels.HALF_ROWS == 0;
  }

  /**
   * Adds products of keys and queries. Positions beside those that are asked for may get some, too.
   *
   * @param from the first position; all up to {@code end} are in one panel
   * @param queries (headDim, queries), the bits of floats
   * @param out (queries, 64 positions of the panel)
   */
  void addKeys(
      KvCache cache, int layer, int kvHead, int from, int end, int[] queries, MemorySegment out) {
    int pageTokens = layout.pageTokens();
    int head = layout.keys(layer, kvHead);
    cache.read(
        from,
        end,
        (page, token, position, count) -> {
          int before = token % Kernels.HALF_ROWS;
          Strided keys = new Strided(page, head + 2L * (token - before), pageTokens);
          int rows = Math.ceilDiv(before + count, Kernels.HALF_ROWS) * Kernels.HALF_ROWS;
          long place = position % ROWS - before;
          kernels.addHalves(
              keys, layout.headDim(), rows, queries, 0, out.asSlice(Float.BYTES * place));
        });
  }

  /**
   * Adds products of exponentials and values.
   *
   * @param exponentials (positions, queries), the bits of floats, of the first position at {@code
   *     offset}
   * @param out (headDim / 64, queries, 64)
   */
  void addValues(
      KvCache cache,
      int layer,
      int kvHead,
      int from,
      int end,
      int[] exponentials,
      int offset,
      MemorySegment out) {
    int headDim = layout.headDim();
    int head = layout.values(layer, kvHead);
    cache.read(
        from,
        end,
        (page, token, position, count) -> {
          int first = offset + (position - from) * Kernels.HALF_INPUTS;
          for (int dim = 0; dim < headDim; dim += ROWS) {
            Strided values = new Strided(page, head + 2L * (token * headDim + dim), headDim);
            kernels.addHalves(
                values,
                count,
                Math.min(ROWS, headDim - dim),
                exponentials,
                first,
                out.asSlice((long) Float.BYTES * Kernels.HALF_INPUTS * dim));
          }
        });
  }
}
