package io.flinkmistral.kernel.vector;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.layout.QuantizedInput;
import io.flinkmistral.kernel.memory.SpareMemory;
import io.flinkmistral.kernel.pool.WorkPool;
import java.util.ArrayList;
import java.util.List;

/**
 * The inputs of a product as kernels read them: in groups of tokens, column by column, so that what
 * a step of a kernel reads lies together.
 */
final class PackedInput {
  /** Columns of one task. */
  private static final int CHUNK = 1024;

  /** Numbers from which on it pays to share them among threads. */
  private static final int MANY = 2048;

  private final PanelLayout layout;
  private final InputQuantizer quantizer;
  private final float[] in;
  private final int columns;
  private final List<Group> groups;
  private final int slots;
  private final int[] ints;

  /** Columns of one token that are written as a whole, and ints that they take. */
  private final int unitColumns;

  private final int unitInts;

  /**
   * Tokens of one kernel.
   *
   * @param first the first of them
   * @param tokens how many
   * @param slots how many the kernel takes: more than {@code tokens} where no kernel fits
   * @param offset index of the first of their inputs
   */
  record Group(int first, int tokens, int slots, int offset) {
    /**
     * Index of their inputs from some column on, a multiple of 32.
     *
     * @param size of what is before, of one token
     */
    int index(int size) {
      return offset + slots * size;
    }
  }

  /**
   * @param kernels that read the inputs
   */
  PackedInput(
      PanelKernels.OfLayout kernels, float[] in, int tokens, int columns, SpareMemory memory) {
    this.layout = kernels.layout();
    this.quantizer = kernels.inputQuantizer();
    this.in = in;
    this.columns = columns;
    this.unitColumns = QuantizedInput.columns(layout);
    this.unitInts = QuantizedInput.ints(layout);
    this.groups = new ArrayList<>();
    int offset = 0;
    int used = 0;
    for (int first = 0; first < tokens; ) {
      int slots = kernels.counts().next(tokens - first);
      Group group = new Group(first, Math.min(slots, tokens - first), slots, offset);
      groups.add(group);
      offset = Math.addExact(offset, slots * size(columns));
      used += slots;
      first += group.tokens();
    }
    this.slots = used;
    this.ints = memory.inputs(offset);
  }

  /** Whether other kernels of the same product read the same. */
  boolean serves(PanelKernels.OfLayout others) {
    return others.layout() == layout
        || !others.layout().quantizesInputs() && !layout.quantizesInputs();
  }

  List<Group> groups() {
    return groups;
  }

  /** Those of all groups. */
  int slots() {
    return slots;
  }

  /** The inputs of all groups. */
  int[] ints() {
    return ints;
  }

  /**
   * Ints that {@code count} columns of one token's inputs take. What the other method says, without
   * looking at the layout: kernels are called too often.
   */
  int size(int count) {
    return count / unitColumns * unitInts;
  }

  /** Writes the inputs. */
  void prepare(WorkPool pool) {
    int chunks = Math.ceilDiv(columns, CHUNK);
    if (slots * columns < MANY) {
      groups.forEach(group -> prepare(group, 0, columns));
    } else {
      pool.run(
          groups.size() * chunks,
          task -> {
            int first = task % chunks * CHUNK;
            prepare(groups.get(task / chunks), first, Math.min(first + CHUNK, columns));
          });
    }
  }

  private void prepare(Group group, int first, int end) {
    int at = group.index(size(first));
    if (layout.quantizesInputs()) {
      quantize(group, first, end, at);
    } else {
      spread(group, first, end, at);
    }
  }

  private void quantize(Group group, int first, int end, int at) {
    InputQuantizer.Writer writer = quantizer.writer(layout, in, ints);
    for (int token = 0; token < group.tokens(); token++) {
      int from = (group.first() + token) * columns + first;
      writer.write(from, end - first, at, token, group.slots());
    }
  }

  private void spread(Group group, int first, int end, int at) {
    for (int token = 0; token < group.tokens(); token++) {
      int from = (group.first() + token) * columns;
      for (int k = first; k < end; k++) {
        ints[at + token + group.slots() * (k - first)] = Float.floatToRawIntBits(in[from + k]);
      }
    }
  }
}
