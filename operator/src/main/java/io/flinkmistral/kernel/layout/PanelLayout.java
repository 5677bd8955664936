package io.flinkmistral.kernel.layout;

import io.flinkmistral.tensor.format.BlockFormat;
import io.flinkmistral.tensor.format.ByteFormat;
import io.flinkmistral.tensor.format.CodeFormat;
import io.flinkmistral.tensor.format.NumberFormat;
import io.flinkmistral.tensor.format.PlainFormat;
import io.flinkmistral.tensor.format.PlainFormat.Encoding;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;

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
 * BYTE             32  (8 x int of four signed bytes; scale: IEEE half)         w = scale * byte
 * SCALED_BYTE      32  (8 x int as above; d: IEEE half; s: signed byte)         w = d * s * byte
 * TWO             256  d; dmin: IEEE half;
 *                      of each 16 columns: (int of codes; s; m: byte)          w = d * s * (code + 2) - dmin * m
 * THREE           256  d: IEEE half;
 *                      of each 16 columns: (2 x int of codes; s: signed byte)  w = d * s * code
 * NIBBLE           32  (4 x int of codes; scale: IEEE half)                     w = scale * code
 * NIBBLE_ADD       32  (4 x int of codes; scale; m: IEEE half)                  w = scale * (code + 8) + m
 * NIBBLE_MIN      256  d; dmin: IEEE half;
 *                      of each 32 columns: (4 x int of codes; s; m: byte)      w = d * s * (code + 8) - dmin * m
 * FIVE             32  (5 x int of codes; scale: IEEE half)                     w = scale * code
 * FIVE_ADD         32  (5 x int of codes; scale; m: IEEE half)                  w = scale * (code + 16) + m
 * FIVE_MIN        256  d; dmin: IEEE half;
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
 * <p>In BYTE and SCALED_BYTE an int has its first column at the top. Codes of 2 to 6 bits lie as
 * {@link LaneCodes} says, those of 3 bits in nibbles.
 */
public enum PanelLayout {
  FLOAT(1, 4),
  HALF(1, 2),
  BFLOAT(1, 2),
  BYTE(32, 32 + 2),
  SCALED_BYTE(32, 32 + 2 + 1),
  TWO(LaneCodes.TWOS, 256, true),
  THREE(LaneCodes.FEW_NIBBLES, 256, false),
  NIBBLE(LaneCodes.NIBBLES, 32, false),
  NIBBLE_ADD(LaneCodes.NIBBLES, 32, true),
  NIBBLE_MIN(LaneCodes.NIBBLES, 256, true),
  FIVE(LaneCodes.FIVES, 32, false),
  FIVE_ADD(LaneCodes.FIVES, 32, true),
  FIVE_MIN(LaneCodes.FIVES, 256, true),
  SIX(LaneCodes.SIXES, 256, false);

  /** Rows of a panel. */
  public static final int ROWS = 64;

  /** Rows of a group in formats whose codes are multiplied as integers. */
  private static final int CODES_GROUP = 32;

  private final int blockColumns;
  private final int blockBytes;
  private final Optional<LaneCodes> codes;
  private final boolean hasMins;
  private final boolean hasBlockScales;

  PanelLayout(int blockColumns, int blockBytesOfRow) {
    this.blockColumns = blockColumns;
    this.blockBytes = blockBytesOfRow * ROWS;
    this.codes = Optional.empty();
    this.hasMins = false;
    this.hasBlockScales = false;
  }

  /** Codes, with a scale and perhaps a min for as many columns as {@link LaneCodes#columns}. */
  PanelLayout(LaneCodes codes, int blockColumns, boolean hasMins) {
    this.blockColumns = blockColumns;
    this.codes = Optional.of(codes);
    this.hasMins = hasMins;
    this.hasBlockScales = blockColumns > codes.columns();
    int numbers = hasMins ? 2 : 1;
    int halves = numbers * Short.BYTES;
    int groups = blockColumns / codes.columns();
    int wordBytes = codes.words().size() * Integer.BYTES;
    int blockBytesOfRow =
        hasBlockScales ? halves + groups * (wordBytes + numbers) : wordBytes + halves;
    this.blockBytes = blockBytesOfRow * ROWS;
  }

  /**
   * The layout for weights of a format: one that is made for what the format says of itself.
   *
   * @throws IllegalArgumentException if there is none for codes of this kind; a {@link BlockFormat}
   *     is always taken
   */
  public static PanelLayout of(NumberFormat format) {
    return switch (format) {
      case PlainFormat plain ->
          switch (plain.encoding()) {
            case FLOAT -> FLOAT;
            case HALF -> HALF;
            case BFLOAT -> BFLOAT;
          };
      case ByteFormat bytes -> bytes.hasGroupScales() ? SCALED_BYTE : BYTE;
      case CodeFormat coded ->
          Arrays.stream(values())
              .filter(layout -> layout.takes(coded))
              .min(Comparator.comparing(layout -> layout.codes.orElseThrow().bits()))
              .orElseThrow(() -> new IllegalArgumentException(noLayout(coded)));
      case BlockFormat _ -> FLOAT;
    };
  }

  /** Codes of fewer bits than the layout's are lifted, which its mins know nothing of. */
  private boolean takes(CodeFormat format) {
    return blockColumns == format.blockLength()
        && hasMins == format.minAt().isPresent()
        && codes.filter(lanes -> lanes.columns() == format.groupLength()).isPresent()
        && (hasMins
            ? codes.orElseThrow().bits() == format.bits()
            : codes.orElseThrow().bits() >= format.bits());
  }

  private static String noLayout(CodeFormat format) {
    return "no layout takes codes of %d bits in groups of %d in blocks of %d%s: let the format be a %s"
        .formatted(
            format.bits(),
            format.groupLength(),
            format.blockLength(),
            format.minAt().isPresent() ? " with mins" : "",
            BlockFormat.class.getSimpleName());
  }

  /**
   * Whether weights of a format lie here as the floats that they stand for. These take several
   * times a file's bytes, so that they are not kept but made anew for each product.
   */
  public boolean widens(NumberFormat format) {
    return this == FLOAT
        && !(format instanceof PlainFormat plain && plain.encoding() == Encoding.FLOAT);
  }

  /** Whether weights are bytes in words, before what they are multiplied with. */
  public boolean isOfBytes() {
    return this == BYTE || this == SCALED_BYTE;
  }

  /** How its words have codes of few bits. */
  public Optional<LaneCodes> codes() {
    return codes;
  }

  /** Whether its kernels take inputs of 8 bits; see {@link QuantizedInput}. */
  public boolean quantizesInputs() {
    return codes.isPresent() || isOfBytes();
  }

  /** Whether weights are not just a scale times a code. */
  public boolean hasMins() {
    return hasMins;
  }

  /** Whether scales are a block's, times a byte for some of its columns. */
  public boolean hasBlockScales() {
    return hasBlockScales;
  }

  /** Rows whose weights lie together in a block. */
  public int group() {
    return quantizesInputs() ? CODES_GROUP : ROWS;
  }

  public int blockColumns() {
    return blockColumns;
  }

  public int blockBytes() {
    return blockBytes;
  }

  /** Bytes of a panel of so many columns, a multiple of {@link #blockColumns}. */
  public long bytes(int columns) {
    return (long) columns / blockColumns * blockBytes;
  }
}
