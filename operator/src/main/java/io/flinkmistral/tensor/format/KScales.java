package io.flinkmistral.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * 8 scales and 8 mins of 6 bits in 12 bytes, as Q4_K and Q5_K have them (ggml-quants.c,
 * get_scale_min_k4).
 *
 * <pre>
 *          bits 7 and 6         bits 5 to 0
 * s[0..3]  high of scale 4..7   scale 0..3
 * s[4..7]  high of min 4..7     min 0..3
 *          bits 7 to 4          bits 3 to 0
 * s[8..11] low of min 4..7      low of scale 4..7
 * </pre>
 */
public final class KScales {
  // Of each byte: a whole number, its low bits, and where its high ones go.
  private static final int SIX = 0x3f3f3f3f;
  private static final int FOUR = 0x0f0f0f0f;
  private static final int HIGH = 0x30303030;

  private KScales() {}

  /** Scale of group {@code group}; the bytes start at {@code scales}. */
  public static int scale(MemorySegment source, long scales, int group) {
    return byteOf(
        scales(group / 4, Bytes.int32(source, scales), Bytes.int32(source, scales + 8)), group);
  }

  /** Min of group {@code group}; the bytes start at {@code scales}. */
  public static int min(MemorySegment source, long scales, int group) {
    return byteOf(
        mins(group / 4, Bytes.int32(source, scales + 4), Bytes.int32(source, scales + 8)), group);
  }

  /**
   * Four scales, a byte each, the first at the bottom.
   *
   * @param quad 0 for scales 0..3, 1 for scales 4..7
   * @param first the bytes s[0..3], little-endian
   * @param last the bytes s[8..11]
   */
  public static int scales(int quad, int first, int last) {
    return quad == 0 ? first & SIX : last & FOUR | first >>> 2 & HIGH;
  }

  /** Four mins alike; {@code second} are the bytes s[4..7]. */
  public static int mins(int quad, int second, int last) {
    return scales(quad, second, last >>> 4);
  }

  /** Writes the 12 bytes of 8 scales and 8 mins, each from 0 to 63. */
  public static void write(int[] scales, int[] mins, MemorySegment target, long offset) {
    for (int i = 0; i < 4; i++) {
      Bytes.putByte(target, offset + i, scales[i] | scales[i + 4] >> 4 << 6);
      Bytes.putByte(target, offset + 4 + i, mins[i] | mins[i + 4] >> 4 << 6);
      Bytes.putByte(target, offset + 8 + i, scales[i + 4] & 0xF | (mins[i + 4] & 0xF) << 4);
    }
  }

  private static int byteOf(int quad, int group) {
    return quad >>> group % 4 * Byte.SIZE & 0xff;
  }
}
