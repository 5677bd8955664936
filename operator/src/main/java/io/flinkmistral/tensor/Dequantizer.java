package io.flinkmistral.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Turns numbers of any {@link DataType} into floats, in plain loops and with the very roundings of
 * ggml's reference code: the yardstick for faster kernels.
 */
public final class Dequantizer {
  private Dequantizer() {}

  /**
   * Writes {@code count} numbers to {@code target[targetOffset ...]}.
   *
   * @param type number format of the source
   * @param source blocks in their file's layout
   * @param byteOffset where the first block starts in {@code source}
   * @param target receives the numbers
   * @param targetOffset where the first goes
   * @param count numbers, a multiple of the format's block length
   * @throws IllegalArgumentException if {@code count} makes no whole blocks
   * @throws IndexOutOfBoundsException if {@code source} or {@code target} is too short
   */
  public static void dequantize(
      DataType type,
      MemorySegment source,
      long byteOffset,
      float[] target,
      int targetOffset,
      int count) {
    long bytes = type.bytes(count);
    Objects.checkFromIndexSize(byteOffset, bytes, source.byteSize());
    Objects.checkFromIndexSize(targetOffset, count, target.length);
    type.format().dequantize(source, byteOffset, target, targetOffset, count);
  }
}
