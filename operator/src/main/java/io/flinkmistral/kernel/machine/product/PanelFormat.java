package io.flinkmistral.kernel.machine.product;

/**
 * How weights lie in a panel of 64 rows, as far as kernels know it; the packing that writes them is
 * that of {@code kernel.PanelLayout}, whose names these are.
 */
public enum PanelFormat {
  /**
   * Of each 32 columns, for 32 rows and then the next 32: four words of each row, one row's beside
   * the next row's, and a scale of each row, an IEEE half. Word {@code w} has, from its lowest bits
   * up, columns {@code 4w, 4w + 1, 4w + 2, 4w + 3} and those 16 further: weight {@code scale *
   * (code - 8)}.
   */
  NIBBLE;

  /** Rows of a panel. */
  public static final int ROWS = 64;

  /** Rows whose weights lie together. */
  static final int GROUP = 32;

  /** Columns that have a scale of their own, and inputs that are rounded together. */
  static final int COLUMNS = 32;

  /** Words of a row in a block. */
  static final int WORDS = 4;

  /** What is taken from each code. */
  static final int CENTER = 8;

  /** Of a group of rows. */
  private static final int GROUP_BYTES = GROUP * (WORDS * Integer.BYTES + Short.BYTES);

  /** Of 32 columns of all rows. */
  int blockBytes() {
    return ROWS / GROUP * GROUP_BYTES;
  }

  /** Where word {@code w} of a row is in a block. */
  int word(int row, int w) {
    return row / GROUP * GROUP_BYTES + (w * GROUP + row % GROUP) * Integer.BYTES;
  }

  /** Where a row's scale is in a block. */
  int scale(int row) {
    return row / GROUP * GROUP_BYTES + WORDS * GROUP * Integer.BYTES + row % GROUP * Short.BYTES;
  }

  /**
   * The column of a code as kernels take codes out: four bytes at once, which are first the lower
   * nibbles of a word, and then the upper ones.
   *
   * @param number of the code, 0 to 31
   */
  static int column(int number) {
    int word = number / 8;
    int upper = number / 4 % 2;
    int b = number % 4;
    return 4 * word + b % 2 * 2 + upper + b / 2 * 16;
  }
}
