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
    // Floats are copied all at once: a model's norms are read before anything is compiled.
    int step = type == DataType.F32 ? count : type.blockLength();
    for (int i = 0; i < count; i += step) {
      dequantizeBlock(type, source, byteOffset + type.bytes(i), target, targetOffset + i, step);
    }
  }

  private static void dequantizeBlock(
      DataType type, MemorySegment source, long block, float[] out, int at, int count) {
    switch (type) {
      case F32 -> Bytes.copyFloats(source, block, out, at, count);
      case F16 -> out[at] = Bytes.float16(source, block);
      case BF16 -> out[at] = Float.intBitsToFloat(Bytes.unsigned16(source, block) << 16);
      case Q4_0 -> Q4Block.dequantize0(source, block, out, at);
      case Q4_1 -> Q4Block.dequantize1(source, block, out, at);
      case Q5_0 -> Q5Block.dequantize0(source, block, out, at);
      case Q5_1 -> Q5Block.dequantize1(source, block, out, at);
      case Q8_0 -> Q8Block.dequantize(source, block, out, at);
      case Q2_K -> Q2KBlock.dequantize(source, block, out, at);
      case Q3_K -> Q3KBlock.dequantize(source, block, out, at);
      case Q4_K -> Q4KBlock.dequantize(source, block, out, at);
      case Q5_K -> Q5KBlock.dequantize(source, block, out, at);
      case Q6_K -> Q6KBlock.dequantize(source, block, out, at);
      case IQ4_NL -> Iq4NlBlock.dequantize(source, block, out, at);
    }
  }
}
