package io.flinkmistral.kernel.machine.codes;

/**
 * How weights lie in a panel of 64 rows, as far as kernels know it; the packing that writes them is
 * that of {@code kernel.PanelLayout}, which draws them and whose names these are.
 *
 * <p>A panel is a sequence of blocks. A block is a head, for all rows, and then groups of columns
 * which have a scale of their own: of 32 rows codes and scales, and then of the next 32.
 */
public enum PanelFormat {
  /** Q8_0, IQ4_NL: {@code w = scale * byte}. */
  BYTE(Codes.BYTES, Scales.HALF),

  /** IQ4_XS: {@code w = d * s * byte}. */
  SCALED_BYTE(Codes.BYTES, Scales.HALF_TIMES_BYTE),

  /** Q2_K: {@code w = d * s * (code + 2) - dmin * m}. */
  TWO(Codes.TWOS, Scales.BYTE_AND_MIN),

  /** Q3_K: {@code w = d * s * code}. */
  THREE(Codes.FEW_NIBBLES, Scales.BYTE),

  /** Q4_0: {@code w = scale * code}. */
  NIBBLE(Codes.NIBBLES, Scales.HALF),

  /** Q4_1: {@code w = scale * (code + 8) + m}. */
  NIBBLE_ADD(Codes.NIBBLES, Scales.HALF_AND_MIN),

  /** Q4_K: {@code w = d * s * (code + 8) - dmin * m}. */
  NIBBLE_MIN(Codes.NIBBLES, Scales.BYTE_AND_MIN),

  /** Q5_0: {@code w = scale * code}. */
  FIVE(Codes.FIVES, Scales.HALF),

  /** Q5_1: {@code w = scale * (code + 16) + m}. */
  FIVE_ADD(Codes.FIVES, Scales.HALF_AND_MIN),

  /** Q5_K: {@code w = d * s * (code + 16) - dmin * m}. */
  FIVE_MIN(Codes.FIVES, Scales.BYTE_AND_MIN),

  /** Q6_K: {@code w = d * s * code}. */
  SIX(Codes.SIXES, Scales.BYTE);

  /** Rows of a panel. */
  public static final int ROWS = 64;

  /** Rows whose weights lie together. */
  static final int GROUP = 32;

  /** Inputs that are rounded together. */
  public static final int INPUTS = 32;

  private static final int COLUMNS_OF_SCALED_SCALES = 256;

  /** What codes there are in a group of columns of a row. */
  public enum Codes {
    /** Of 32 columns, with a sign, in eight words of each row, the first of four at the top. */
    BYTES(32, 8, 8),

    /** Of 16 columns, in one word of each row: eight, and in its upper half eight more. */
    TWOS(16, 1, 2),

    /** As {@link #NIBBLES}, of 16 columns, in two words: columns 4 to 7 are in the second. */
    FEW_NIBBLES(16, 2, 4),

    /**
     * Of 32 columns, in four words of each row: word {@code w} has, from its lowest bits up,
     * columns {@code 4w, 4w + 1, 4w + 2, 4w + 3} and those 16 further.
     */
    NIBBLES(32, 4, 4),

    /**
     * Of 32 columns, in five words. Word {@code w} has columns {@code 3w, 3w + 1, 3w + 2} and then
     * bit {@code w} of column 15; and in its upper half the same of columns 16 further.
     */
    FIVES(32, 5, 5),

    /**
     * Of 16 columns, in three words. Word {@code w} has columns {@code 2w, 2w + 1} and then four
     * bits: of column 6, of column 7, and the upper two of both; and in its upper half the same of
     * columns 8 further.
     */
    SIXES(16, 3, 6);

    private final int columns;
    private final int words;
    private final int bits;

    Codes(int columns, int words, int bits) {
      this.columns = columns;
      this.words = words;
      this.bits = bits;
    }

    public int columns() {
      return columns;
    }

    int words() {
      return words;
    }

    /** What is taken from each code is 2 to this. */
    public int centerBits() {
      return bits - 1;
    }

    /** Whether the products of a group's codes, as bytes without a sign, fit shorts in pairs. */
    public boolean sumsFitShorts() {
      return columns / 2 * ((1 << bits) - 1) * 127 <= Short.MAX_VALUE;
    }

    /**
     * The column of a code as kernels take codes out, four bytes at once.
     *
     * @param number of the code
     */
    public int column(int number) {
      int quad = number / 4;
      int half = number % 4 / 2 * columns / 2;
      int odd = number % 2;
      return switch (this) {
        case BYTES -> 4 * quad + 3 - number % 4;
        case TWOS -> 4 * (number % 4) + quad;
        // The lower nibbles of a word, and then its upper ones.
        case FEW_NIBBLES, NIBBLES -> half + 4 * (quad / 2) + 2 * odd + quad % 2;
        // Two of each word, then the third ones of two words, and the last two.
        case FIVES ->
            half + (quad < 5 ? 3 * quad + odd : quad < 7 ? 6 * quad + 3 * odd - 28 : 14 + odd);
        case SIXES -> half + 2 * quad + odd;
      };
    }
  }

  /** What follows the codes of a row, and what is at the head of a block. */
  public enum Scales {
    /** An IEEE half. */
    HALF(2, 2, 0, false),
    /** The same, and then a byte, with a sign, that it is multiplied with. */
    HALF_TIMES_BYTE(3, 2, 0, false),
    /** Two halves. */
    HALF_AND_MIN(4, 2, 0, true),
    /** A byte, with a sign; at the head of 256 columns an IEEE half. */
    BYTE(1, 1, 1, false),
    /** Two bytes, without a sign; at the head of 256 columns two IEEE halves. */
    BYTE_AND_MIN(2, 1, 2, true);

    private final int bytes;
    private final int scaleBytes;
    private final int headHalves;
    private final boolean hasMins;

    /**
     * @param bytes of a row
     * @param scaleBytes those of the scale, or of the min behind it
     */
    Scales(int bytes, int scaleBytes, int headHalves, boolean hasMins) {
      this.bytes = bytes;
      this.scaleBytes = scaleBytes;
      this.headHalves = headHalves;
      this.hasMins = hasMins;
    }
  }

  private final Codes codes;
  private final Scales scales;

  PanelFormat(Codes codes, Scales scales) {
    this.codes = codes;
    this.scales = scales;
  }

  public Codes codes() {
    return codes;
  }

  public Scales scales() {
    return scales;
  }

  /** Columns of a group, which has a scale. */
  public int columns() {
    return codes.columns;
  }

  public boolean hasMins() {
    return scales.hasMins;
  }

  public boolean hasHead() {
    return scales.headHalves > 0;
  }

  /** Groups of columns in a block. */
  public int groups() {
    return hasHead() ? COLUMNS_OF_SCALED_SCALES / columns() : 1;
  }

  /** Columns of a block. */
  public int blockColumns() {
    return groups() * columns();
  }

  public int headBytes() {
    return scales.headHalves * ROWS * Short.BYTES;
  }

  /** Of a group of columns, of all rows. */
  public int groupBytes() {
    return ROWS * rowBytes();
  }

  public int blockBytes() {
    return headBytes() + groups() * groupBytes();
  }

  private int rowBytes() {
    return codes.words * Integer.BYTES + scales.bytes;
  }

  /** Where word {@code w} of a row is in a group of columns. */
  public int word(int row, int w) {
    return part(row) + (w * GROUP + row % GROUP) * Integer.BYTES;
  }

  /** Where a row's scale, or its min, is in a group of columns. */
  public int scale(int row, boolean isMin) {
    int bytes = scales.scaleBytes;
    int first = codes.words * Integer.BYTES + (isMin ? bytes : 0);
    return part(row) + first * GROUP + row % GROUP * bytes;
  }

  /** Where the byte is that a row's scale is multiplied with, behind the scales. */
  public int factor(int row) {
    return part(row) + (codes.words * Integer.BYTES + scales.scaleBytes) * GROUP + row % GROUP;
  }

  /** Where the half that a row's scales, or mins, are multiplied with is in a block's head. */
  public int head(int row, boolean isMin) {
    return ((isMin ? ROWS : 0) + row) * Short.BYTES;
  }

  private int part(int row) {
    return row / GROUP * GROUP * rowBytes();
  }
}
