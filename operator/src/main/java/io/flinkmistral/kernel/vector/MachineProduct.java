package io.flinkmistral.kernel.vector;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.layout.Panels;
import io.flinkmistral.kernel.layout.Product;
import io.flinkmistral.kernel.machine.product.ProductKernels;
import io.flinkmistral.kernel.memory.NativeMemory;
import io.flinkmistral.kernel.memory.SpareMemory;
import io.flinkmistral.kernel.packing.PanelPacker;
import io.flinkmistral.kernel.pool.WorkPool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/**
 * Products of the same inputs with several packed matrices by machine code: a task is a panel of
 * one of them. Inputs are rounded first, and all tasks read them.
 */
public final class MachineProduct {
  /** Numbers from which on it pays to share their rounding among threads. */
  private static final int MANY = 1 << 14;

  private static final long SUMS_BYTES = (long) PanelLayout.ROWS * Float.BYTES;

  private final ProductKernels kernels;
  private final float[] in;
  private final int tokens;
  private final int columns;
  private final Memory memory;
  private final List<Part> parts = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();
  private final MemorySegment inputs;

  /** Memory of products that are over: what all threads read, and what each needs for itself. */
  public record Memory(SpareMemory inputs, SpareMemory scratch) {}

  /**
   * One matrix.
   *
   * @param firstTask number of its first task
   */
  private record Part(PanelMatrix weights, float[] out, int firstTask) {
    Panels panels() {
      return weights.panels();
    }

    int endTask() {
      return firstTask + panels().count();
    }

    /** Columns that are packed at once, or all where they are packed already. */
    int columnsRead() {
      int columns = panels().columns();
      return weights.isPacked() ? columns : Math.min(columns, PanelPacker.CHUNK);
    }

    /** Room for a panel's weights that are packed for this product alone. */
    long packedBytes() {
      return weights.isPacked() ? 0 : panels().layout().bytes(columnsRead());
    }
  }

  /**
   * Tokens of one kernel.
   *
   * @param at where their inputs begin
   */
  private record Group(int first, int tokens, long at) {
    int end() {
      return first + tokens;
    }
  }

  /**
   * @param products with a {@link PanelMatrix} of the kernels' layout
   */
  public MachineProduct(
      ProductKernels kernels, List<Product> products, float[] in, int tokens, Memory memory) {
    this.kernels = kernels;
    this.in = in;
    this.tokens = tokens;
    this.columns = products.getFirst().weights().columns();
    this.memory = memory;
    int task = 0;
    for (Product product : products) {
      Part part = new Part((PanelMatrix) product.weights(), product.out(), task);
      parts.add(part);
      task = part.endTask();
    }
    this.inputs = memory.inputs.scratch(divideTokens());
  }

  /** As few groups as can be, of about as many tokens each; the bytes of their inputs. */
  private long divideTokens() {
    int count = Math.ceilDiv(tokens, kernels.mostTokens());
    long at = 0;
    int first = 0;
    for (int left = count; left > 0; left--) {
      int size = Math.ceilDiv(tokens - first, left);
      groups.add(new Group(first, size, at));
      at += kernels.inputBytes(size, columns);
      first += size;
    }
    return at;
  }

  public void run(WorkPool pool) {
    if (tokens * columns < MANY) {
      for (int token = 0; token < tokens; token++) {
        round(token);
      }
    } else {
      pool.run(tokens, this::round);
    }
    pool.run(parts.getLast().endTask(), this::compute);
    Reference.reachabilityFence(parts);
    memory.inputs.free(inputs);
  }

  private void round(int token) {
    int i = 0;
    while (token >= groups.get(i).end()) {
      i++;
    }
    Group group = groups.get(i);
    MemorySegment floats = memory.scratch.scratch((long) columns * Float.BYTES);
    MemorySegment.copy(in, token * columns, floats, ValueLayout.JAVA_FLOAT, 0, columns);
    MemorySegment to = inputs.asSlice(group.at, kernels.inputBytes(group.tokens, columns));
    kernels.round(floats, columns, to, token - group.first, group.tokens);
    memory.scratch.free(floats);
  }

  private void compute(int task) {
    int i = 0;
    while (task >= parts.get(i).endTask()) {
      i++;
    }
    compute(parts.get(i), task - parts.get(i).firstTask);
  }

  private void compute(Part part, int panel) {
    long sumsBytes = tokens * SUMS_BYTES;
    MemorySegment scratch = memory.scratch.scratch(sumsBytes + part.packedBytes());
    MemorySegment room = scratch.asSlice(sumsBytes, part.packedBytes());
    scratch.asSlice(0, sumsBytes).fill((byte) 0);
    int step = part.columnsRead();
    for (int column = 0; column < columns; column += step) {
      int count = Math.min(step, columns - column);
      long weights = part.weights.read(panel, 1, column, count, room).of(0);
      for (Group group : groups) {
        kernels.multiply(
            weights,
            count,
            inputs.address() + group.at + kernels.inputBytes(group.tokens, column),
            group.tokens,
            scratch.address() + group.first * SUMS_BYTES);
      }
    }
    store(part, panel, scratch.address());
    memory.scratch.free(scratch);
  }

  private void store(Part part, int panel, long sums) {
    int rows = part.panels().rowsOf(panel);
    for (int token = 0; token < tokens; token++) {
      int to = token * part.panels().rows() + panel * PanelLayout.ROWS;
      long from = sums + token * SUMS_BYTES;
      MemorySegment.copy(NativeMemory.ALL, ValueLayout.JAVA_FLOAT, from, part.out, to, rows);
    }
  }
}
