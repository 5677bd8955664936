package io.flinkmistral.kernel;

import io.flinkmistral.tensor.DataType;
import java.util.function.BooleanSupplier;

/**
 * Packs blocks of a panel's rows; see {@link PanelLayout} for where things go, and the formats'
 * blocks in {@link io.flinkmistral.tensor} for where they come from.
 */
final class BlockPacker {
  /** Columns that are packed at once, where a block has fewer. */
  static final int COLUMNS = 32;

  private final BlockRows rows;
  private final Packing packing;

  /** Packs the block that the rows have begun with; see {@link #pack}. */
  private interface Packing {
    boolean pack(int columns);
  }

  /**
   * @param group rows that lie together; see {@link PanelLayout#group}
   * @param tiles of rows, to be taken at once
   */
  BlockPacker(DataType type, int group, BlockRows.Tiles tiles) {
    this.rows = new BlockRows(group, COLUMNS, tiles);
    this.packing = packing(type, rows);
  }

  private static Packing packing(DataType type, BlockRows rows) {
    return switch (type) {
      case F32 -> new NumberBlocks(rows)::floats;
      case F16 -> new NumberBlocks(rows)::halves;
      case BF16 -> new NumberBlocks(rows)::bfloats;
      case Q8_0 -> whole(new ByteBlocks(type, rows)::q80);
      case Q5_0, IQ4_NL -> whole(new ByteBlocks(type, rows)::wholeNumbers);
      case Q2_K -> whole(new TwoBlocks(rows)::q2K);
      case Q3_K -> whole(new ThreeBlocks(rows)::q3K);
      case Q4_0 -> whole(new NibbleBlocks(rows)::q40);
      case Q4_1 -> whole(new NibbleBlocks(rows)::q41);
      case Q4_K -> whole(new NibbleBlocks(rows)::q4K);
      case Q5_1 -> whole(new FiveBlocks(rows)::q51);
      case Q5_K -> whole(new FiveBlocks(rows)::q5K);
      case Q6_K -> whole(new SixBlocks(rows)::q6K);
    };
  }

  /** Of a format whose blocks are always whole. */
  private static Packing whole(BooleanSupplier packing) {
    return columns -> packing.getAsBoolean();
  }

  /** What is to be packed. */
  BlockRows rows() {
    return rows;
  }

  /**
   * Packs the block that the rows have begun with.
   *
   * @param columns of the block, or more of a layout whose blocks are smaller
   * @return whether all halves are finite
   */
  boolean pack(int columns) {
    return packing.pack(columns);
  }
}
