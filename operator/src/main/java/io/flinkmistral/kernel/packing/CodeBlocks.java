package io.flinkmistral.kernel.packing;

import static io.flinkmistral.kernel.packing.BlockWords.ROWS;
import static io.flinkmistral.kernel.packing.BlockWords.WORD;

import io.flinkmistral.kernel.layout.LaneCodes;
import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.packing.BlockRows.Part;
import io.flinkmistral.tensor.format.CodeFormat;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Weights of any {@link CodeFormat}, code by code: what classes such as {@link NibbleBlocks} do for
 * single formats, tens of times as fast.
 */
final class CodeBlocks {
  private final CodeFormat format;
  private final PanelLayout layout;
  private final LaneCodes lanes;
  private final BlockRows rows;
  private final int[] ints;
  private final byte[] block;
  private final MemorySegment source;

  /**
   * @param layout that of the format
   */
  CodeBlocks(CodeFormat format, PanelLayout layout, BlockRows rows) {
    this.format = format;
    this.layout = layout;
    this.lanes = layout.codes().orElseThrow();
    this.rows = rows;
    this.ints = rows.words();
    this.block = new byte[format.blockBytes()];
    this.source = MemorySegment.ofArray(block);
  }

  /** Packs a block; whether its halves are finite. */
  boolean pack() {
    int words = lanes.words().size();
    int numbers = layout.hasMins() ? 2 : 1;
    int halves = numbers * Short.BYTES;
    int groups = format.blockLength() / format.groupLength();
    for (int group = 0; group < groups; group++) {
      for (int row = 0; row < rows.count(); row++) {
        rows.copy(row, 0, block);
        takeGroup(group, row);
      }
      if (!layout.hasBlockScales()) {
        Part part = new Part(0, words * WORD + halves);
        rows.writeWords(0, words, part, 0);
        return writeHalves(part, words * WORD);
      }
      int bytes = words * WORD + numbers;
      Part part = new Part((halves + (long) group * bytes) * ROWS, bytes);
      rows.writeWords(0, words, part, 0);
      for (int n = 0; n < numbers; n++) {
        rows.writeBytes(words + n, 0, part, words * WORD + n);
      }
    }
    // A block's halves lie as one group of all rows.
    boolean finite = rows.writeHalves(format.scaleAt(), 1, 0);
    return layout.hasMins()
        ? finite & rows.writeHalves(format.minAt().orElseThrow(), 1, (long) Short.BYTES * ROWS)
        : finite;
  }

  private boolean writeHalves(Part part, int offset) {
    boolean finite = rows.writeHalves(format.scaleAt(), part, offset);
    return layout.hasMins()
        ? finite & rows.writeHalves(format.minAt().orElseThrow(), part, offset + Short.BYTES)
        : finite;
  }

  /** A row's words of a group, and behind them what its block's halves are multiplied with. */
  private void takeGroup(int group, int row) {
    int first = group * format.groupLength();
    int words = lanes.words().size();
    for (int w = 0; w < words; w++) {
      int low = lane(lanes.words().get(w), first);
      int high = lane(lanes.words().get(w), first + lanes.columns() / 2);
      ints[w * ROWS + row] = low | high << Short.SIZE;
    }
    ints[words * ROWS + row] = format.groupScale(source, 0, group);
    ints[(words + 1) * ROWS + row] = format.groupMin(source, 0, group);
  }

  /**
   * One lane of a word.
   *
   * @param first column of the lane's codes
   */
  private int lane(List<LaneCodes.Field> fields, int first) {
    int lane = 0;
    int shift = 0;
    for (LaneCodes.Field field : fields) {
      int code = format.code(source, 0, first + field.column()) + lanes.center();
      lane |= (code >> field.place() & (1 << field.bits()) - 1) << shift;
      shift += field.bits();
    }
    return lane;
  }
}
