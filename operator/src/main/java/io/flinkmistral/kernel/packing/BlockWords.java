package io.flinkmistral.kernel.packing;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.packing.BlockRows.Part;

/**
 * What blocks of several formats have in common: where in {@link BlockRows#words} things are, how
 * codes are cut out and put together, and where the groups of 256 columns go.
 *
 * <p>What a row has in words of 32 bits is first put where its lane is, as it is, and becomes codes
 * there, in loops that HotSpot makes vectors of: to cut codes out of each row on its own takes
 * twice as long.
 */
final class BlockWords {
  static final int ROWS = PanelLayout.ROWS;

  /** Bytes of a word. */
  static final int WORD = Integer.BYTES;

  /** In each byte, the low nibble, and the lowest two bits. */
  static final int LOW = 0x0f0f0f0f;

  static final int LOWEST_TWO = 0x03030303;

  /**
   * Behind a row's own words there are the high bits of Q3_K's or Q6_K's codes, then these codes,
   * then what is written. One array, with its parts at constants, so that HotSpot can tell which
   * loads and stores are apart.
   */
  static final int HIGHS = 8;

  private static final int CODES = 16;
  static final int OUT = 24;

  static final int HIGHS_AT = HIGHS * ROWS;
  static final int CODES_AT = CODES * ROWS;
  static final int OUT_AT = OUT * ROWS;

  private BlockWords() {}

  /** The low nibbles of four bytes, side by side. */
  static int nibbles(int four) {
    int apart = four & LOW;
    int pairs = (apart | apart >>> 4) & 0x00ff00ff;
    return (pairs | pairs >>> 8) & 0xffff;
  }

  /**
   * A group of 16 of 256 columns.
   *
   * @param before bytes of a row before the first group
   * @param bytes of a row in a group
   */
  static Part columns16(int columnGroup, int before, int bytes) {
    return new Part((before + (long) columnGroup * bytes) * ROWS, bytes);
  }
}
