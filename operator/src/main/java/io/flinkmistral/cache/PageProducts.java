package io.flinkmistral.cache;

import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.arithmetic.NumbersInPlace;
import io.flinkmistral.kernel.arithmetic.Strided;
import java.lang.foreign.MemorySegment;

/**
 * Products with keys and values that are read where they lie in pages, in half precision or as
 * bytes: for so few queries that panels of floats would not pay.
 *
 * <p>Owned by one thread.
 */
public final class PageProducts {
  private static final int ROWS = Kernels.PANEL;

  private final KvLayout layout;
  private final Kernels kernels;

  /** Of a page's values, (tokens, headDim / 32), the bits of floats. */
  private final int[] valueScales;

  public PageProducts(KvLayout layout, Kernels kernels) {
    this.layout = layout;
    this.kernels = kernels;
    this.valueScales = new int[layout.pageTokens() * layout.type().scales(layout.headDim())];
  }

  /** Whether so many queries can read pages. */
  public static boolean take(int queries, KvLayout layout) {
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
  public void addKeys(
      KvCache cache, int layer, int kvHead, int from, int end, int[] queries, MemorySegment out) {
    int head = layout.keys(layer, kvHead);
    cache.read(
        from,
        end,
        (page, token, position, count) -> {
          int before = token % Kernels.IN_PLACE_ROWS;
          int tokens = Math.ceilDiv(before + count, Kernels.IN_PLACE_ROWS) * Kernels.IN_PLACE_ROWS;
          long place = position % ROWS - before;
          kernels.addInPlace(
              keys(page, head, token - before),
              layout.headDim(),
              tokens,
              queries,
              0,
              out.asSlice(Float.BYTES * place));
        });
  }

  /** Keys of a page's head, (headDim, tokens), from a token on. */
  private NumbersInPlace keys(MemorySegment page, int head, int token) {
    Strided keys =
        new Strided(page, head + (long) layout.type().bytes() * token, layout.pageTokens());
    return switch (layout.type()) {
      case F32 -> throw notInPlace();
      case F16 -> new NumbersInPlace.Halves(keys);
      case Q8_0 -> {
        long scales = head + layout.scales() + (long) Short.BYTES * token;
        yield new NumbersInPlace.BytesOfScaledRows(
            keys, new Strided(page, scales, layout.pageTokens()));
      }
    };
  }

  private static IllegalStateException notInPlace() {
    return new IllegalStateException("keys and values in F32 are read from panels");
  }

  /**
   * Adds products of exponentials and values.
   *
   * @param exponentials (positions, queries), the bits of floats, of the first position at {@code
   *     offset}
   * @param out (headDim / 64, queries, 64)
   */
  public void addValues(
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
      kernels.addInPlace(
          values(page, head, token, dim),
          count,
          Math.min(ROWS, headDim - dim),
          exponentials,
          first,
          out.asSlice((long) Float.BYTES * Kernels.IN_PLACE_INPUTS * dim));
    }
  }

  /** Values of a page's head, (tokens, dimensions), from a token and a dimension on. */
  private NumbersInPlace values(MemorySegment page, int head, int token, int dim) {
    int headDim = layout.headDim();
    long first = head + (long) layout.type().bytes() * (token * headDim + dim);
    Strided values = new Strided(page, first, headDim);
    return switch (layout.type()) {
      case F32 -> throw notInPlace();
      case F16 -> new NumbersInPlace.Halves(values);
      case Q8_0 ->
          new NumbersInPlace.BytesOfScaledColumns(
              values, valueScales, dim / KvType.SCALED, layout.type().scales(headDim));
    };
  }

  private void readValueScales(MemorySegment page, int head, int token, int count) {
    int scales = layout.type().scales(layout.headDim());
    for (int i = 0; i < count * scales; i++) {
      valueScales[i] = Float.floatToRawIntBits(layout.scale(page, head, token * scales + i));
    }
  }
}
