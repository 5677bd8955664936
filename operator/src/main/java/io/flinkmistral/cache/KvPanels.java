package io.flinkmistral.cache;

import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.arithmetic.Strided;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One head's keys or values of a panel's positions as floats: keys as (headDim, 64 positions), or
 * values as (headDim / 64, 64 positions, 64), rounded up. Both have the same memory, so that it
 * stays in a core's first cache.
 *
 * <p>Owned by one thread.
 */
public final class KvPanels {
  private static final int ROWS = Kernels.PANEL;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final KvLayout layout;
  private final Kernels kernels;
  private final int headDim;
  private final MemorySegment panel;
  private final float[] scales;

  public KvPanels(KvLayout layout, Kernels kernels) {
    this.layout = layout;
    this.kernels = kernels;
    this.headDim = layout.headDim();
    this.panel = Arena.ofAuto().allocate(dimPanels() * panelBytes(ROWS), 64);
    this.scales = new float[Math.max(layout.pageTokens(), ROWS)];
  }

  private static long panelBytes(int columns) {
    return (long) columns * ROWS * Float.BYTES;
  }

  /** Panels of values. */
  public int dimPanels() {
    return Math.ceilDiv(headDim, ROWS);
  }

  /** Dimensions from {@code 64 * dimPanel} on, of {@code count} positions from {@code from} on. */
  public MemorySegment values(int dimPanel, int from, int count) {
    long first = dimPanel * panelBytes(ROWS) + panelBytes(from % ROWS);
    return panel.asSlice(first, panelBytes(count));
  }

  /** Keys of the positions {@code from .. end - 1}, which are in one panel: (headDim, 64). */
  public MemorySegment readKeys(KvCache cache, int layer, int kvHead, int from, int end) {
    int head = layout.keys(layer, kvHead);
    cache.read(from, end, (page, token, at, n) -> readKeys(page, head, token, at % ROWS, n));
    return panel.asSlice(0, panelBytes(headDim));
  }

  /** Makes {@link #values} those of the positions {@code from .. end - 1}, of one panel. */
  public void readValues(KvCache cache, int layer, int kvHead, int from, int end) {
    int head = layout.values(layer, kvHead);
    cache.read(from, end, (page, token, at, n) -> readValues(page, head, token, at % ROWS, n));
  }

  private void readKeys(MemorySegment page, int head, int token, int place, int count) {
    int pageTokens = layout.pageTokens();
    Strided out = new Strided(panel, 4L * place, ROWS);
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
              new Strided(panel, out.offset() + panelBytes(dim), ROWS),
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
      long target = dim / ROWS * panelBytes(ROWS) + panelBytes(place);
      int first = token * headDim + dim;
      switch (layout.type()) {
        case F32 ->
            copy(
                new Strided(page, head + 4L * first, headDim),
                new Strided(panel, target, ROWS),
                count,
                dims);
        case F16 ->
            kernels.widenHalves(
                new Strided(page, head + 2L * first, headDim),
                new Strided(panel, target, ROWS),
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
          new Strided(panel, target + 4L * i, ROWS),
          count,
          Math.min(KvType.SCALED, dims - i),
          scales,
          true);
    }
  }

  private void readScales(MemorySegment page, int head, int first, int stride, int count) {
    for (int i = 0; i < count; i++) {
      scales[i] = layout.scale(page, head, first + i * stride);
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
