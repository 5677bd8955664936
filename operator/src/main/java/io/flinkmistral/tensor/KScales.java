package io.flinkmistral.tensor;

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
  private KScales() {}

  /** Scale of group {@code group}; the bytes start at {@code scales}. */
  public static int scale(MemorySegment source, long scales, int group) {
    return value(source, scales, 0, group);
  }

  /** Min of group {@code group}; the bytes start at {@code scales}. */
  public static int min(MemorySegment source, long scales, int group) {
    return value(source, scales, 4, group);
  }

  /** Writes the 12 bytes of 8 scales and 8 mins, each from 0 to 63. */
  static void write(int[] scales, int[] mins, MemorySegment target, long offset) {
    for (int i = 0; i < 4; i++) {
      Bytes.putByte(target, offset + i, scales[i] | scales[i + 4] >> 4 << 6);
      Bytes.putByte(target, offset + 4 + i, mins[i] | mins[i + 4] >> 4 << 6);
      Bytes.putByte(target, offset + 8 + i, scales[i + 4] & 0xF | (mins[i + 4] & 0xF) << 4);
    }
  }

  private static int value(MemorySegment source, long scales, int first, int group) {
    int byteOfGroup = Bytes.unsigned8(source, scales + first + group % 4);
    if (group < 4) {
      return byteOfGroup & 63;
    }
    int low = Bytes.unsigned8(source, scales + 4 + group) >> first & 0xF;
    return low | byteOfGroup >> 6 << 4;
  }
}
