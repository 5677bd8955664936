package io.flinkmistral.kernel;

import io.flinkmistral.tensor.DataType;
import java.util.Optional;

/**
 * How packed weights lie in memory. A panel is 64 rows of a matrix; rows become lanes of vectors. A
 * panel is a sequence of blocks along the columns, each whole cache lines:
 *
 * <pre>
 * FLOAT    1 column    64 floats
 * HALF     1 column    64 IEEE halves
 * BFLOAT   1 column    64 bfloat16
 * BYTE    32 columns   32 x 64 signed bytes (column, row), then 64 scales in IEEE half
 * NIBBLE  32 columns   4 x 64 ints (eight columns, row), then 64 scales in IEEE half
 * </pre>
 *
 * An int of NIBBLE holds eight columns of one row: column {@code 2n} in bits {@code 4n}, column
 * {@code 2n + 1} in bits {@code 16 + 4n}, each plus 8.
 */
enum PanelLayout {
  FLOAT(1, 256),
  HALF(1, 128),
  BFLOAT(1, 128),
  BYTE(32, 2176),
  NIBBLE(32, 1152);

  /** Rows of a panel. */
  static final int ROWS = 64;

  /** Columns that share a scale. */
  static final int SCALED = 32;

  private final int blockColumns;
  private final int blockBytes;

  PanelLayout(int blockColumns, int blockBytes) {
    this.blockColumns = blockColumns;
    this.blockBytes = blockBytes;
  }

  /** The layout for a file's format, where there is one. */
  static Optional<PanelLayout> of(DataType type) {
    return switch (type) {
      case F32 -> Optional.of(FLOAT);
      case F16 -> Optional.of(HALF);
      case BF16 -> Optional.of(BFLOAT);
      case Q8_0 -> Optional.of(BYTE);
      case Q4_0 -> Optional.of(NIBBLE);
      case Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL -> Optional.empty();
    };
  }

  int blockColumns() {
    return blockColumns;
  }

  int blockBytes() {
    return blockBytes;
  }

  /** Bytes of a panel of so many columns, a multiple of {@link #blockColumns}. */
  long bytes(int columns) {
    return (long) columns / blockColumns * blockBytes;
  }
}
