package io.flinkmistral.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The inputs of a product as kernels read them: in groups of tokens, column by column, so that one
 * address reaches what a step of a kernel reads.
 */
final class PackedInput {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /** Columns of one task. */
  private static final int CHUNK = 1024;

  /** Numbers from which on it pays to share them among threads. */
  private static final int MANY = 8192;

  private final PanelKernels.Choice kernels;
  private final PanelLayout layout;
  private final float[] in;
  private final int columns;
  private final List<Group> groups;
  private final int slots;
  private final MemorySegment memory;

  /**
   * Tokens of one kernel.
   *
   * @param first the first of them
   * @param tokens how many
   * @param slots how many the kernel takes: more than {@code tokens} where no kernel fits
   * @param offset where their inputs start in memory
   */
  record Group(int first, int tokens, int slots, long offset) {}

  /**
   * @param kernels that read the inputs
   */
  PackedInput(
      PanelKernels.Choice kernels,
      float[] in,
      int tokens,
      int columns,
      PackedProduct.Buffer buffer) {
    this.kernels = kernels;
    this.layout = kernels.layout();
    this.in = in;
    this.columns = columns;
    this.groups = new ArrayList<>();
    long offset = 0;
    int used = 0;
    for (int first = 0; first < tokens; ) {
      int slots = kernels.tokensAtOnce(tokens - first);
      Group group = new Group(first, Math.min(slots, tokens - first), slots, offset);
      groups.add(group);
      offset += slots * bytes(columns);
      used += slots;
      first += group.tokens();
    }
    this.slots = used;
    this.memory = buffer.ofBytes(offset);
  }

  /** Whether other kernels of the same product read the same. */
  boolean serves(PanelKernels.Choice others) {
    boolean sameNumbers =
        others.layout() == layout
            || !others.layout().quantizesInputs() && !layout.quantizesInputs();
    return sameNumbers && others.wide() == kernels.wide();
  }

  List<Group> groups() {
    return groups;
  }

  /** Those of all groups. */
  int slots() {
    return slots;
  }

  /** Address of the inputs of a group from some column on, a multiple of 32. */
  long address(Group group, int column) {
    return memory.address() + group.offset() + group.slots() * bytes(column);
  }

  private long bytes(int count) {
    return bytes(layout, count);
  }

  /** Bytes of {@code count} columns of one token's inputs. */
  static long bytes(PanelLayout layout, int count) {
    return layout.quantizesInputs()
        ? (long) count / QuantizedInput.BLOCK * QuantizedInput.BLOCK_BYTES
        : (long) count * Float.BYTES;
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
    long at = group.offset() + group.slots() * bytes(first);
    for (int token = 0; token < group.tokens(); token++) {
      int row = (group.first() + token) * columns;
      if (layout.quantizesInputs()) {
        quantize(row + first, end - first, at, token, group.slots());
      } else if (group.slots() == 1) {
        MemorySegment.copy(in, row + first, memory, FLOAT, at, end - first);
      } else {
        spread(row + first, end - first, at + 4L * token, group.slots());
      }
    }
  }

  private void spread(int offset, int count, long at, int slots) {
    for (int k = 0; k < count; k++) {
      memory.set(FLOAT, at + 4L * slots * k, in[offset + k]);
    }
  }

  private void quantize(int offset, int count, long at, int token, int slots) {
    boolean mins = layout == PanelLayout.NIBBLE_MIN;
    QuantizedInput block = new QuantizedInput();
    for (int k = 0; k < count; k += QuantizedInput.BLOCK) {
      block.quantize(in, offset + k);
      block.write(memory, at + slots * bytes(k), token, slots, mins);
    }
  }
}
