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

  private final PanelKernels kernels;
  private final Panels panels;
  private final int tokens;
  private final float[] out;
  private final Queue<Buffer> free;

  private final PanelLayout layout;
  private final boolean unpacks;
  private final PanelLayout read;
  private final Buffer inputBuffer;
  private final PackedInput input;

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
    this.tokens = tokens;
    this.out = out;
    this.free = free;
    layout = panels.layout();
    unpacks = kernels.unpacks(layout, tokens);
    read = unpacks ? PanelLayout.FLOAT : layout;
    inputBuffer = take();
    input = new PackedInput(read, in, tokens, panels.columns(), inputBuffer);
  }

  void run(WorkPool pool) {
    input.prepare(pool);
    pool.run(panels.count(), this::compute);
    Reference.reachabilityFence(panels);
    free.add(inputBuffer);
  }

  private void compute(int panel) {
    Buffer buffer = take();
    long tileBytes = unpacks ? PanelLayout.FLOAT.bytes(CHUNK) : 0;
    int slots = input.groups().stream().mapToInt(PackedInput.Group::slots).sum();
    long sumBytes = sumBytes(slots);
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
      multiply(from, column, columns, sums);
    }
    store(panel, sums);
    free.add(buffer);
  }

  /** Only the last group has slots without a token, so a token's sums are where it stands. */
  private void multiply(long weights, int column, int columns, long sums) {
    for (PackedInput.Group group : input.groups()) {
      kernels
          .kernel(read, group.slots())
          .multiply(weights, columns, input.address(group, column), sums + sumBytes(group.first()));
    }
  }

  private void store(int panel, long sums) {
    int rows = panels.rowsOf(panel);
    for (int token = 0; token < tokens; token++) {
      MemorySegment.copy(
          ALL,
          ValueLayout.JAVA_FLOAT,
          sums + sumBytes(token),
          out,
          token * panels.rows() + panel * PanelLayout.ROWS,
          rows);
    }
  }

  private static long sumBytes(int count) {
    return (long) count * PanelLayout.ROWS * Float.BYTES;
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
