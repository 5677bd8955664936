package io.flinkmistral.model;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.KvLayout;
import io.flinkmistral.cache.KvType;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.Strided;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * One head's keys and values of a span of positions as floats, in panels of 64: of keys
 * (positions / 64, headDim, 64), of values (headDim / 64, positions, 64), both rounded up.
 *
 * <p>Owned by one thread.
 */
final class KvPanels {
  private static final int ROWS = Kernels.PANEL;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final KvLayout layout;
  private final Kernels kernels;
  private final int span;
  private final int headDim;
  private final MemorySegment keys;
  private final MemorySegment values;
  private final float[] scales;

  /**
   * @param span most positions, a multiple of 64
   */
  KvPanels(KvLayout layout, Kernels kernels, int span) {
    this.layout = layout;
    this.kernels = kernels;
    this.span = span;
    this.headDim = layout.headDim();
    this.keys = Arena.ofAuto().allocate((long) span * headDim * Float.BYTES, 64);
    this.values = Arena.ofAuto().allocate((long) dimPanels() * panelBytes(span), 64);
    this.scales = new float[Math.max(layout.pageTokens(), ROWS)];
  }

  private static long panelBytes(int columns) {
    return (long) columns * ROWS * Float.BYTES;
  }

  /** Panels of values. */
  int dimPanels() {
    return Math.ceilDiv(headDim, ROWS);
  }

  /** Keys of the positions from {@code 64 * panel} on: (headDim, 64). */
  MemorySegment keys(int panel) {
    return keys.asSlice(panel * panelBytes(headDim), panelBytes(headDim));
  }

  /** Dimensions from {@code 64 * panel} on, of {@code count} values from {@code first} on. */
  MemorySegment values(int panel, int first, int count) {
    return values.asSlice(panel * panelBytes(span) + panelBytes(first), panelBytes(count));
  }

  /** Reads the positions {@code from .. end - 1}, which are within the span that has the first. */
  void read(KvCache cache, int layer, int kvHead, int from, int end) {
    int pageTokens = layout.pageTokens();
    for (int position = from; position < end; ) {
      int token = position % pageTokens;
      int place = position % span;
      int run = Math.min(pageTokens - token, ROWS - place % ROWS);
      int count = Math.min(end - position, run);
      MemorySegment page = cache.page(position / pageTokens);
      readKeys(page, layout.keys(layer, kvHead), token, place, count);
      readValues(page, layout.values(layer, kvHead), token, place, count);
      position += count;
    }
  }

  private void readKeys(MemorySegment page, int head, int token, int place, int count) {
    int pageTokens = layout.pageTokens();
    long panel = place / ROWS * panelBytes(headDim);
    Strided out = new Strided(keys, panel + 4L * (place % ROWS), ROWS);
    switch (layout.type()) {
      case F32 -> copy(new Strided(page, head + 4L * token, pageTokens), out, headDim, count);
      case F16 ->
          kernels.widenHalves(
              new Strided(page, head + 2L * token, pageTokens), out, headDim, count);
      case Q8_0 -> {
        for (int dim = 0; dim < headDim; dim += KvType.SCALED) {
          int scale = dim / KvType.SCALED * pageTokens + token;
          readScales(page, head, scale, 1, count);
          kernels.widenBytes(
              new Strided(page, head + token + (long) dim * pageTokens, pageTokens),
              new Strided(keys, out.offset() + panelBytes(dim), ROWS),
              Math.min(KvType.SCALED, headDim - dim),
              count,
              scales,
              false);
        }
      }
    }
  }

  private void readValues(MemorySegment page, int head, int token, int place, int count) {
    for (int dim = 0; dim < headDim; dim += ROWS) {
      int dims = Math.min(ROWS, headDim - dim);
      long target = dim / ROWS * panelBytes(span) + panelBytes(place);
      int first = token * headDim + dim;
      switch (layout.type()) {
        case F32 ->
            copy(
                new Strided(page, head + 4L * first, headDim),
                new Strided(values, target, ROWS),
                count,
                dims);
        case F16 ->
            kernels.widenHalves(
                new Strided(page, head + 2L * first, headDim),
                new Strided(values, target, ROWS),
                count,
                dims);
        case Q8_0 -> readCodes(page, head, token, dim, dims, target, count);
      }
    }
  }

  private void readCodes(
      MemorySegment page, int head, int token, int dim, int dims, long target, int count) {
    int blocks = layout.type().scales(headDim);
    for (int i = 0; i < dims; i += KvType.SCALED) {
      int block = (dim + i) / KvType.SCALED;
      readScales(page, head, token * blocks + block, blocks, count);
      kernels.widenBytes(
          new Strided(page, head + (long) token * headDim + dim + i, headDim),
          new Strided(values, target + 4L * i, ROWS),
          count,
          Math.min(KvType.SCALED, dims - i),
          scales,
          true);
    }
  }

  private void readScales(MemorySegment page, int head, int first, int stride, int count) {
    for (int i = 0; i < count; i++) {
      long at = head + layout.scales() + 2L * (first + i * stride);
      scales[i] = Float.float16ToFloat(page.get(HALF, at));
    }
  }

  private static void copy(Strided in, Strided out, int rows, int count) {
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < count; i++) {
        float number = in.memory().get(FLOAT, in.offset() + 4L * (row * in.stride() + i));
        out.memory().set(FLOAT, out.offset() + 4L * (row * out.stride() + i), number);
      }
    }
  }
}
