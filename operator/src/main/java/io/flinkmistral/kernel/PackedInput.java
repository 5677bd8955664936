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

  private final PanelLayout layout;
  private final float[] in;
  private final int columns;
  private final List<Group> groups;
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
   * @param read the layout that kernels read, which says what inputs they take
   */
  PackedInput(PanelLayout read, float[] in, int tokens, int columns, PackedProduct.Buffer buffer) {
    this.layout = read;
    this.in = in;
    this.columns = columns;
    this.groups = new ArrayList<>();
    long offset = 0;
    for (int first = 0; first < tokens; ) {
      int slots = PanelKernels.tokensAtOnce(tokens - first);
      Group group = new Group(first, Math.min(slots, tokens - first), slots, offset);
      groups.add(group);
      offset += slots * bytes(columns);
      first += group.tokens();
    }
    this.memory = buffer.ofBytes(offset);
  }

  List<Group> groups() {
    return groups;
  }

  /** Address of the inputs of a group from some column on, a multiple of 32. */
  long address(Group group, int column) {
    return memory.address() + group.offset() + group.slots() * bytes(column);
  }

  /** Bytes of one token's inputs. */
  private long bytes(int count) {
    return layout == PanelLayout.NIBBLE
        ? (long) count / QuantizedInput.BLOCK * QuantizedInput.BLOCK_BYTES
        : (long) count * Float.BYTES;
  }

  /** Writes the inputs. */
  void prepare(WorkPool pool) {
    int chunks = Math.ceilDiv(columns, CHUNK);
    if (groups.size() == 1 && groups.getFirst().tokens() == 1) {
      prepare(groups.getFirst(), 0, columns);
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
      if (layout == PanelLayout.NIBBLE) {
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
    int[] codes = new int[QuantizedInput.BLOCK];
    for (int k = 0; k < count; k += QuantizedInput.BLOCK) {
      QuantizedInput.prepare(in, offset + k, codes, memory, at + slots * bytes(k), token, slots);
    }
  }
}
