package io.flinkmistral.kernel;

import static io.flinkmistral.kernel.NativeMemory.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.Queue;

/** One matrix product with packed weights: a task is a panel. */
final class PackedProduct {
  /** Columns at once: their weights, as floats, are 64 KiB, which a core's second cache holds. */
  private static final int CHUNK = 256;

  /** Keeps inputs of different tokens apart in the first cache, whose sets repeat every 4 KiB. */
  private static final long SPREAD = 192;

  private final PanelKernels kernels;
  private final Panels panels;
  private final float[] in;
  private final int tokens;
  private final float[] out;
  private final Queue<Buffer> free;

  private final PanelLayout layout;
  private final boolean unpacks;
  private final PanelLayout read;
  private final int groups;

  /**
   * @param free memory of earlier products that none uses now
   */
  PackedProduct(
      PanelKernels kernels,
      Panels panels,
      float[] in,
      int tokens,
      float[] out,
      Queue<Buffer> free) {
    this.kernels = kernels;
    this.panels = panels;
    this.in = in;
    this.tokens = tokens;
    this.out = out;
    this.free = free;
    layout = panels.layout();
    unpacks = kernels.unpacks(layout, tokens);
    read = unpacks ? PanelLayout.FLOAT : layout;
    groups = Math.ceilDiv(tokens, kernels.mostTokens(read));
  }

  void run(WorkPool pool) {
    Buffer inputs = take();
    MemorySegment input = inputs.ofBytes(tokens * inputStride());
    if (tokens == 1) {
      prepare(0, input);
    } else {
      pool.run(tokens, token -> prepare(token, input));
    }
    pool.run(panels.count(), panel -> compute(panel, input.address()));
    Reference.reachabilityFence(panels);
    free.add(inputs);
  }

  private long inputStride() {
    long bytes =
        layout == PanelLayout.NIBBLE
            ? QuantizedInput.bytes(panels.columns())
            : 4L * panels.columns();
    return bytes + SPREAD;
  }

  /** Bytes of the inputs of some columns, a multiple of 32 or all. */
  private long inputBytes(int columns) {
    return layout == PanelLayout.NIBBLE ? QuantizedInput.bytes(columns) : 4L * columns;
  }

  private void prepare(int token, MemorySegment input) {
    int columns = panels.columns();
    long at = token * inputStride();
    if (layout == PanelLayout.NIBBLE) {
      QuantizedInput.prepare(in, token * columns, columns, input, at);
    } else {
      MemorySegment.copy(in, token * columns, input, ValueLayout.JAVA_FLOAT, at, columns);
    }
  }

  private void compute(int panel, long input) {
    Buffer buffer = take();
    long tileBytes = unpacks ? PanelLayout.FLOAT.bytes(CHUNK) : 0;
    long sumBytes = (long) tokens * PanelLayout.ROWS * Float.BYTES;
    MemorySegment scratch = buffer.ofBytes(tileBytes + sumBytes);
    long sums = scratch.address() + tileBytes;
    scratch.asSlice(tileBytes, sumBytes).fill((byte) 0);
    long weights = panels.panel(panel).address();
    for (int column = 0; column < panels.columns(); column += CHUNK) {
      int columns = Math.min(CHUNK, panels.columns() - column);
      long from = weights + layout.bytes(column);
      if (unpacks) {
        kernels.unpacker().unpack(layout, from, columns, scratch.address());
        from = scratch.address();
      }
      multiply(from, columns, input + inputBytes(column), sums);
    }
    store(panel, sums);
    free.add(buffer);
  }

  private void multiply(long weights, int columns, long input, long sums) {
    int token = 0;
    for (int group = 0; group < groups; group++) {
      // All groups are the same size, or one more.
      int count = (tokens - token) / (groups - group);
      kernels
          .kernel(read, count)
          .multiply(
              weights,
              columns,
              input + token * inputStride(),
              inputStride(),
              sums + (long) token * PanelLayout.ROWS * Float.BYTES);
      token += count;
    }
  }

  private void store(int panel, long sums) {
    int rows = panels.rowsOf(panel);
    for (int token = 0; token < tokens; token++) {
      MemorySegment.copy(
          ALL,
          ValueLayout.JAVA_FLOAT,
          sums + (long) token * PanelLayout.ROWS * Float.BYTES,
          out,
          token * panels.rows() + panel * PanelLayout.ROWS,
          rows);
    }
  }

  private Buffer take() {
    return Objects.requireNonNullElseGet(free.poll(), Buffer::new);
  }

  /** Memory that grows. */
  static final class Buffer {
    private MemorySegment memory = MemorySegment.NULL;

    MemorySegment ofBytes(long bytes) {
      if (memory.byteSize() < bytes) {
        memory = NativeMemory.allocate(bytes);
      }
      return memory.asSlice(0, bytes);
    }
  }
}
