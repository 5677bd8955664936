package io.flinkmistral.tensor.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian values at any byte. */
public final class Bytes {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Bytes() {}

  public static int signed8(MemorySegment source, long offset) {
    return source.get(ValueLayout.JAVA_BYTE, offset);
  }

  public static int unsigned8(MemorySegment source, long offset) {
    return source.get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
  }

  public static int unsigned16(MemorySegment source, long offset) {
    return source.get(SHORT, offset) & 0xFFFF;
  }

  public static int int32(MemorySegment source, long offset) {
    return source.get(INT, offset);
  }

  public static float float16(MemorySegment source, long offset) {
    return Float.float16ToFloat(source.get(SHORT, offset));
  }

  public static void putByte(MemorySegment target, long offset, int value) {
    target.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
  }

  static void put16(MemorySegment target, long offset, int value) {
    target.set(SHORT, offset, (short) value);
  }

  static void put32(MemorySegment target, long offset, int value) {
    target.set(INT, offset, value);
  }

  /** Rounds to half precision, to nearest even, and returns what was written. */
  public static float putFloat16(MemorySegment target, long offset, float value) {
    short half = Float.floatToFloat16(value);
    target.set(SHORT, offset, half);
    return Float.float16ToFloat(half);
  }

  static void copyFloats(MemorySegment source, long offset, float[] target, int at, int count) {
    MemorySegment.copy(source, FLOAT, offset, target, at, count);
  }
}
