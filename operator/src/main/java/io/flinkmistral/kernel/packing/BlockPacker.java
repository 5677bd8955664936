package io.flinkmistral.kernel.packing;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.format.BlockFormat;
import io.flinkmistral.tensor.format.ByteFormat;
import io.flinkmistral.tensor.format.CodeFormat;
import io.flinkmistral.tensor.format.NumberFormat;
import io.flinkmistral.tensor.format.PlainFormat;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Packs blocks of a panel's rows; see {@link PanelLayout} for where things go, and the formats'
 * blocks in {@link io.flinkmistral.tensor} for where they come from.
 *
 * <p>For each kind of formats there is a way that takes any of them, number by number; formats that
 * are to be loaded fast have ways of their own, which write the same.
 */
public final class BlockPacker {
  /** Columns that are packed at once, where a block has fewer. */
  private static final int COLUMNS = 32;

  /** Ways of single formats. */
  private static final Map<DataType, Function<BlockRows, BooleanSupplier>> OWN =
      Map.of(
          DataType.Q8_0, rows -> new ByteBlocks(rows)::q80,
          DataType.Q2_K, rows -> new TwoBlocks(rows)::q2K,
          DataType.Q3_K, rows -> new ThreeBlocks(rows)::q3K,
          DataType.Q4_0, rows -> new NibbleBlocks(rows)::q40,
          DataType.Q4_1, rows -> new NibbleBlocks(rows)::q41,
          DataType.Q4_K, rows -> new NibbleBlocks(rows)::q4K,
          DataType.Q5_0, rows -> new FiveBlocks(rows)::q50,
          DataType.Q5_1, rows -> new FiveBlocks(rows)::q51,
          DataType.Q5_K, rows -> new FiveBlocks(rows)::q5K,
          DataType.Q6_K, rows -> new SixBlocks(rows)::q6K);

  private final int columns;
  private final BlockRows rows;
  private final Packing packing;

  /** Packs the block that the rows have begun with; see {@link #pack}. */
  public interface Packing {
    boolean pack(int columns);
  }

  /**
   * @param layout that of the format, or FLOAT for any
   * @param tiles of rows, to be taken at once
   */
  BlockPacker(DataType type, PanelLayout layout, BlockRows.Tiles tiles) {
    this.columns = Math.max(COLUMNS, Math.max(layout.blockColumns(), type.blockLength()));
    this.rows =
        new BlockRows(layout.group(), layout == PanelLayout.FLOAT ? columns : COLUMNS, tiles);
    this.packing = packing(type, layout, rows);
  }

  private static Packing packing(DataType type, PanelLayout layout, BlockRows rows) {
    return hasOwn(type) && !layout.widens(type.format())
        ? whole(OWN.get(type).apply(rows))
        : ofAny(type.format(), layout, rows);
  }

  /** Whether a format has a way of its own. */
  public static boolean hasOwn(DataType type) {
    return OWN.containsKey(type);
  }

  /** The way that takes all formats of a kind. */
  public static Packing ofAny(NumberFormat format, PanelLayout layout, BlockRows rows) {
    if (layout.widens(format)) {
      return new NumberBlocks(rows).widened(format);
    }
    return switch (format) {
      case PlainFormat plain ->
          switch (plain.encoding()) {
            case FLOAT -> new NumberBlocks(rows)::floats;
            case HALF -> new NumberBlocks(rows)::halves;
            case BFLOAT -> new NumberBlocks(rows)::bfloats;
          };
      case ByteFormat bytes -> whole(new ByteBlocks(rows).wholeNumbers(bytes));
      case CodeFormat coded -> whole(new CodeBlocks(coded, layout, rows)::pack);
      case BlockFormat _ -> throw new AssertionError();
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

  /** Columns that {@link #pack} takes at most: blocks of the format and of the layout. */
  int columns() {
    return columns;
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
