package io.flinkmistral.model;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.KvLayout;
import io.flinkmistral.cache.KvType;
import io.flinkmistral.kernel.ByteScales;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.Strided;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Products with keys and values that are read where they lie in pages, in half precision or as
 * bytes: for so few queries that panels of floats would not pay.
 *
 * <p>Owned by one thread.
 */
final class PageProducts {
  private static final int ROWS = Kernels.PANEL;
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final KvLayout layout;
  private final Kernels kernels;

  /** Of a page's values, (tokens, headDim / 32), the bits of floats. */
  private final int[] valueScales;

  PageProducts(KvLayout layout, Kernels kernels) {
    this.layout = layout;
    this.kernels = kernels;
    this.valueScales = new int[layout.pageTokens() * layout.type().scales(layout.headDim())];
  }

  /** Whether it takes so many queries. */
  boolean take(int queries) {
    return queries == Kernels.IN_PLACE_INPUTS
        && layout.pageTokens() % Kernels.IN_PLACE_ROWS == 0
        && switch (layout.type()) {
          case F32 -> false;
          case F16 -> layout.headDim() % Kernels.IN_PLACE_ROWS == 0;
          case Q8_0 -> layout.headDim() % KvType.SCALED == 0;
        };
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
    int head = layout.keys(layer, kvHead);
    cache.read(
        from,
        end,
        (page, token, position, count) -> {
          int before = token % Kernels.IN_PLACE_ROWS;
          int tokens = Math.ceilDiv(before + count, Kernels.IN_PLACE_ROWS) * Kernels.IN_PLACE_ROWS;
          long place = position % ROWS - before;
          MemorySegment sums = out.asSlice(Float.BYTES * place);
          addKeys(page, head, token - before, tokens, queries, sums);
        });
  }

  private void addKeys(
      MemorySegment page, int head, int token, int tokens, int[] queries, MemorySegment out) {
    int pageTokens = layout.pageTokens();
    Strided keys = new Strided(page, head + (long) layout.type().bytes() * token, pageTokens);
    switch (layout.type()) {
      case F32 -> throw new IllegalStateException("keys in F32 are not read in place");
      case F16 -> kernels.addHalves(keys, layout.headDim(), tokens, queries, 0, out);
      case Q8_0 -> {
        Strided scales = new Strided(page, head + layout.scales() + 2L * token, pageTokens);
        kernels.addBytes(
            keys, new ByteScales.OfRows(scales), layout.headDim(), tokens, queries, 0, out);
      }
    }
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
    int head = layout.values(layer, kvHead);
    cache.read(
        from,
        end,
        (page, token, position, count) -> {
          int first = offset + (position - from) * Kernels.IN_PLACE_INPUTS;
          addValues(page, head, token, count, exponentials, first, out);
        });
  }

  private void addValues(
      MemorySegment page,
      int head,
      int token,
      int count,
      int[] exponentials,
      int first,
      MemorySegment out) {
    int headDim = layout.headDim();
    readValueScales(page, head, token, count);
    for (int dim = 0; dim < headDim; dim += ROWS) {
      long at = head + (long) layout.type().bytes() * (token * headDim + dim);
      Strided values = new Strided(page, at, headDim);
      int dims = Math.min(ROWS, headDim - dim);
      MemorySegment sums = out.asSlice((long) Float.BYTES * Kernels.IN_PLACE_INPUTS * dim);
      switch (layout.type()) {
        case F32 -> throw new IllegalStateException("values in F32 are not read in place");
        case F16 -> kernels.addHalves(values, count, dims, exponentials, first, sums);
        case Q8_0 -> {
          ByteScales scales =
              new ByteScales.OfColumns(
                  valueScales, dim / KvType.SCALED, layout.type().scales(headDim));
          kernels.addBytes(values, scales, count, dims, exponentials, first, sums);
        }
      }
    }
  }

  private void readValueScales(MemorySegment page, int head, int token, int count) {
    int scales = layout.type().scales(layout.headDim());
    long first = head + layout.scales() + (long) Short.BYTES * token * scales;
    for (int i = 0; i < count * scales; i++) {
      float scale = Float.float16ToFloat(page.get(HALF, first + (long) Short.BYTES * i));
      valueScales[i] = Float.floatToRawIntBits(scale);
    }
  }
}
