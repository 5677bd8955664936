package io.flinkmistral.kernel.vector;

import static io.flinkmistral.kernel.memory.NativeMemory.ALL;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.layout.Panels;
import io.flinkmistral.kernel.layout.Product;
import io.flinkmistral.kernel.memory.SpareMemory;
import io.flinkmistral.kernel.packing.PanelPacker;
import io.flinkmistral.kernel.panel.PanelKernel;
import io.flinkmistral.kernel.pool.WorkPool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/**
 * Products of the same inputs with several packed matrices: a task is some panels of one of them.
 */
public final class PackedProduct {
  /**
   * Columns at once, where their weights are read more than once: as floats they are 64 KiB, which
   * a core's second cache holds.
   */
  private static final int CHUNK = 256;

  /** Of a panel's columns as floats. */
  private static final long TILE_BYTES = PanelLayout.FLOAT.bytes(CHUNK);

  private final PanelKernels kernels;
  private final float[] in;
  private final int tokens;
  private final SpareMemory memory;
  private final List<Part> parts = new ArrayList<>();

  /**
   * One matrix.
   *
   * @param input what its kernels read, perhaps the same as others'
   * @param panelsAtOnce panels of a task; the last has what is left
   * @param firstTask number of its first task
   * @param kernelBytes of scratch memory that kernels need for as many panels
   */
  private record Part(
      PanelMatrix weights,
      float[] out,
      PanelKernels.OfLayout kernels,
      PackedInput input,
      int panelsAtOnce,
      int firstTask,
      long kernelBytes) {
    Panels panels() {
      return weights.panels();
    }

    boolean widens() {
      return kernels.layout() != panels().layout();
    }

    /** Columns that are packed at once, or all where they are packed already. */
    int columnsRead() {
      int columns = panels().columns();
      return weights.isPacked() ? columns : Math.min(columns, PanelPacker.CHUNK);
    }

    /** Columns of a kernel's call, each of which has its price. */
    int columnsAtOnce() {
      return widens() || input.groups().size() > 1 ? CHUNK : columnsRead();
    }

    /** Room for a panel's weights that are packed for this product alone, as many as at once. */
    long packedBytes() {
      return weights.isPacked() ? 0 : panels().layout().bytes(columnsRead());
    }

    int endTask() {
      return firstTask + Math.ceilDiv(panels().count(), panelsAtOnce);
    }
  }

  /**
   * @param products with a {@link PanelMatrix}
   */
  public PackedProduct(
      PanelKernels kernels, List<Product> products, float[] in, int tokens, SpareMemory memory) {
    this.kernels = kernels;
    this.in = in;
    this.tokens = tokens;
    this.memory = memory;
    int task = 0;
    for (Product product : products) {
      PanelMatrix weights = (PanelMatrix) product.weights();
      Panels panels = weights.panels();
      PanelLayout layout = panels.layout();
      PanelLayout read = PanelKernels.widens(layout, tokens) ? PanelLayout.FLOAT : layout;
      PanelKernels.OfLayout chosen = kernels.of(read);
      PackedInput input = input(chosen, panels.columns());
      int atOnce = chosen.panelsAtOnce(tokens);
      long kernelBytes = chosen.scratchBytes(input.groups(), atOnce);
      Part part = new Part(weights, product.out(), chosen, input, atOnce, task, kernelBytes);
      parts.add(part);
      task = part.endTask();
    }
  }

  private PackedInput input(PanelKernels.OfLayout chosen, int columns) {
    for (Part part : parts) {
      if (part.input.serves(chosen)) {
        return part.input;
      }
    }
    return new PackedInput(chosen, in, tokens, columns, memory);
  }

  public void run(WorkPool pool) {
    List<PackedInput> inputs = parts.stream().map(Part::input).distinct().toList();
    inputs.forEach(input -> input.prepare(pool));
    pool.run(parts.getLast().endTask(), this::compute);
    Reference.reachabilityFence(parts);
    inputs.forEach(input -> memory.free(input.ints()));
  }

  private void compute(int task) {
    int i = 0;
    while (task >= parts.get(i).endTask()) {
      i++;
    }
    Part part = parts.get(i);
    int first = (task - part.firstTask) * part.panelsAtOnce;
    compute(part, first, Math.min(part.panelsAtOnce, part.panels().count() - first));
  }

  private void compute(Part part, int firstPanel, int count) {
    Panels panels = part.panels();
    long tileBytes = part.widens() ? count * TILE_BYTES : 0;
    long panelSums = sumBytes(part.input.slots());
    long allSums = count * panelSums;
    long packedBytes = count * part.packedBytes();
    MemorySegment scratch = memory.scratch(tileBytes + allSums + packedBytes + part.kernelBytes);
    long tile = scratch.address();
    PanelKernel.Places sums = new PanelKernel.Places(tile + tileBytes, count, panelSums);
    MemorySegment room = scratch.asSlice(tileBytes + allSums, packedBytes);
    long kernelScratch = room.address() + packedBytes;
    scratch.asSlice(tileBytes, allSums).fill((byte) 0);
    int step = part.columnsRead();
    for (int column = 0; column < panels.columns(); column += step) {
      int columns = Math.min(step, panels.columns() - column);
      PanelKernel.Places weights = part.weights.read(firstPanel, count, column, columns, room);
      multiply(part, weights, column, columns, tile, sums, kernelScratch);
    }
    for (int i = 0; i < count; i++) {
      store(part, firstPanel + i, sums.of(i));
    }
    memory.free(scratch);
  }

  /**
   * Multiplies the columns that were read, as many as a kernel takes at once. Only the last group
   * has slots without a token, so a token's sums are where it stands.
   */
  private void multiply(
      Part part,
      PanelKernel.Places weights,
      int firstColumn,
      int count,
      long tile,
      PanelKernel.Places sums,
      long scratch) {
    PanelLayout layout = part.panels().layout();
    PackedInput input = part.input;
    int step = part.columnsAtOnce();
    for (int k = 0; k < count; k += step) {
      int columns = Math.min(step, count - k);
      int column = firstColumn + k;
      PanelKernel.Places chunk = weights.further(layout.bytes(k));
      if (part.widens()) {
        chunk = widen(layout, chunk, columns, tile);
      }
      int from = input.size(column);
      int end = input.size(column + columns);
      for (PackedInput.Group group : input.groups()) {
        part.kernels
            .kernel(group.slots())
            .multiply(
                chunk,
                input.ints(),
                group.index(from),
                group.index(end),
                sums.further(sumBytes(group.first())),
                scratch);
      }
    }
  }

  private PanelKernel.Places widen(
      PanelLayout layout, PanelKernel.Places weights, int columns, long tile) {
    PanelKernel.Places floats = new PanelKernel.Places(tile, weights.count(), TILE_BYTES);
    for (int panel = 0; panel < weights.count(); panel++) {
      kernels.of(layout).kernel(0).widen(weights.of(panel), columns, floats.of(panel));
    }
    return floats;
  }

  private void store(Part part, int panel, long sums) {
    int rows = part.panels().rowsOf(panel);
    for (int token = 0; token < tokens; token++) {
      MemorySegment.copy(
          ALL,
          ValueLayout.JAVA_FLOAT,
          sums + sumBytes(token),
          part.out,
          token * part.panels().rows() + panel * PanelLayout.ROWS,
          rows);
    }
  }

  private static long sumBytes(int count) {
    return (long) count * PanelLayout.ROWS * Float.BYTES;
  }
}
