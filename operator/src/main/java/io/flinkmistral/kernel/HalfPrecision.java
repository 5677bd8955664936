package io.flinkmistral.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** IEEE half precision in memory. The JDK's conversions round to nearest even on every host. */
final class HalfPrecision {
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private HalfPrecision() {}

  static void write(float[] in, int inOffset, MemorySegment out, long outByteOffset, int n) {
    for (int i = 0; i < n; i++) {
      out.set(HALF, outByteOffset + 2L * i, Float.floatToFloat16(in[inOffset + i]));
    }
  }

  static void read(MemorySegment in, long inByteOffset, float[] out, int outOffset, int n) {
    for (int i = 0; i < n; i++) {
      out[outOffset + i] = Float.float16ToFloat(in.get(HALF, inByteOffset + 2L * i));
    }
  }
}
