package io.flinkmistral.kernel;

import io.flinkmistral.tensor.DataType;
import java.util.Optional;
import jdk.incubator.vector.VectorShape;

/**
 * How packed weights lie in memory. A panel is 64 rows of a matrix; rows become lanes of vectors. A
 * panel is a sequence of blocks along the columns, each whole cache lines. Parts of a block are
 * (column or columns, row), a row's numbers beside those of the next:
 *
 * <pre>
 *             columns  parts of a block
 * FLOAT             1  float
 * HALF              1  IEEE half
 * BFLOAT            1  bfloat16
 * BYTE             32  (scale: IEEE half; 8 x int of four signed bytes)         w = scale * byte
 * TWO             256  d; dmin: IEEE half;
 *                      of each 16 columns: (int of codes; s; m: byte)          w = d * s * (code + 2) - dmin * m
 * THREE           256  d: IEEE half;
 *                      of each 16 columns: (2 x int of codes; s: signed byte)  w = d * s * code
 * NIBBLE           32  (4 x int of codes; scale: IEEE half)                     w = scale * code
 * NIBBLE_ADD       32  (4 x int of codes; scale; m: IEEE half)                  w = scale * (code + 8) + m
 * NIBBLE_MIN      256  d; dmin: IEEE half;
 *                      of each 32 columns: (4 x int of codes; s; m: byte)      w = d * s * (code + 8) - dmin * m
 * FIVE_ADD         32  (5 x int of codes; scale; m: IEEE half)                  w = scale * (code + 16) + m
 * FIVE            256  d; dmin: IEEE half;
 *                      of each 32 columns: (5 x int of codes; s; m: byte)      w = d * s * (code + 16) - dmin * m
 * SIX             256  d: IEEE half;
 *                      of each 16 columns: (3 x int of codes; s: signed byte)  w = d * s * code
 * </pre>
 *
 * A part is of all 64 rows, but for those in brackets: these come for a {@link #group} of rows, and
 * then for the next group. So a kernel that takes just these rows at once reads memory in its order
 * from end to end. From one that left out lines, and came back for them, half of the memory's speed
 * was had; from one that took rows of two groups in turn, a third.
 *
 * <p>In BYTE an int has its first column at the top. Codes of 2 to 6 bits lie as {@link LaneCodes}
 * says, those of 3 bits in nibbles.
 */
enum PanelLayout {
  FLOAT(1, 4),
  HALF(1, 2),
  BFLOAT(1, 2),
  BYTE(32, 32 + 2),
  TWO(256, 2 + 2 + 16 * (4 + 1 + 1)),
  THREE(256, 2 + 16 * (8 + 1)),
  NIBBLE(32, 16 + 2),
  NIBBLE_ADD(32, 16 + 2 + 2),
  NIBBLE_MIN(256, 2 + 2 + 8 * (16 + 1 + 1)),
  FIVE_ADD(32, 20 + 2 + 2),
  FIVE(256, 2 + 2 + 8 * (20 + 1 + 1)),
  SIX(256, 2 + 16 * (12 + 1));

  /** Rows of a panel. */
  static final int ROWS = 64;

  /** Rows of a group in formats whose codes are multiplied as integers. */
  private static final int CODES_GROUP = 32;

  /** Vectors of rows of a group of bytes: fewer sums of floats would wait for each other. */
  private static final int BYTES_VECTORS = 4;

  private final int blockColumns;
  private final int blockBytes;

  PanelLayout(int blockColumns, int blockBytesOfRow) {
    this.blockColumns = blockColumns;
    this.blockBytes = blockBytesOfRow * ROWS;
  }

  /** The layout for a file's format. */
  static PanelLayout of(DataType type) {
    return switch (type) {
      case F32 -> FLOAT;
      case F16 -> HALF;
      case BF16 -> BFLOAT;
      case Q8_0, Q5_0, IQ4_NL -> BYTE;
      case Q2_K -> TWO;
      case Q3_K -> THREE;
      case Q4_0 -> NIBBLE;
      case Q4_1 -> NIBBLE_ADD;
      case Q5_1 -> FIVE_ADD;
      case Q4_K -> NIBBLE_MIN;
      case Q5_K -> FIVE;
      case Q6_K -> SIX;
    };
  }

  /** How its words have codes, where kernels take inputs of 8 bits; see {@link QuantizedInput}. */
  Optional<LaneCodes> codes() {
    return switch (this) {
      case TWO -> Optional.of(LaneCodes.TWOS);
      case THREE -> Optional.of(LaneCodes.FEW_NIBBLES);
      case NIBBLE, NIBBLE_ADD, NIBBLE_MIN -> Optional.of(LaneCodes.NIBBLES);
      case FIVE, FIVE_ADD -> Optional.of(LaneCodes.FIVES);
      case SIX -> Optional.of(LaneCodes.SIXES);
      case FLOAT, HALF, BFLOAT, BYTE -> Optional.empty();
    };
  }

  /** Whether its kernels take inputs of 8 bits; see {@link QuantizedInput}. */
  boolean quantizesInputs() {
    return codes().isPresent();
  }

  /** Whether weights are not just a scale times a code. */
  boolean hasMins() {
    return switch (this) {
      case TWO, NIBBLE_ADD, NIBBLE_MIN, FIVE, FIVE_ADD -> true;
      case FLOAT, HALF, BFLOAT, BYTE, THREE, NIBBLE, SIX -> false;
    };
  }

  /** Whether scales are a block's, times a byte for some of its columns. */
  boolean hasBlockScales() {
    return switch (this) {
      case TWO, THREE, NIBBLE_MIN, FIVE, SIX -> true;
      case FLOAT, HALF, BFLOAT, BYTE, NIBBLE, NIBBLE_ADD, FIVE_ADD -> false;
    };
  }

  /** Rows whose weights lie together in a block, for vectors of some shape. */
  int group(VectorShape shape) {
    return switch (this) {
      case FLOAT, HALF, BFLOAT -> ROWS;
      case BYTE -> Math.min(ROWS, BYTES_VECTORS * shape.vectorBitSize() / Float.SIZE);
      case TWO, THREE, NIBBLE, NIBBLE_ADD, NIBBLE_MIN, FIVE, FIVE_ADD, SIX -> CODES_GROUP;
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
