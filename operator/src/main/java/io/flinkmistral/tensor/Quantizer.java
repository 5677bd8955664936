package io.flinkmistral.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Rounds floats to the {@link DataType}s that models are written in.
 *
 * <p>F32, F16, BF16, Q8_0 and Q4_0 round exactly as ggml's reference code does. Q4_K and Q6_K,
 * where the format leaves the choice of scales free, search for the scales of the least error.
 */
public final class Quantizer {
  private Quantizer() {}

  /** Whether {@link #quantize} writes this type. */
  public static boolean supports(DataType type) {
    return switch (type) {
      case F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K -> true;
      case Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q5_K, IQ4_NL -> false;
    };
  }

  /**
   * Writes {@code source} as blocks.
   *
   * @param type number format of the target, one that is supported
   * @param source finite numbers, as many as make whole blocks
   * @param target receives the blocks
   * @param byteOffset where the first block goes in {@code target}
   * @throws IllegalArgumentException if the numbers make no whole blocks, or the type is not
   *     supported
   * @throws IndexOutOfBoundsException if {@code target} is too short
   */
  public static void quantize(
      DataType type, float[] source, MemorySegment target, long byteOffset) {
    if (!supports(type)) {
      throw new IllegalArgumentException("%s cannot be written".formatted(type));
    }
    Objects.checkFromIndexSize(byteOffset, type.bytes(source.length), target.byteSize());
    for (int at = 0; at < source.length; at += type.blockLength()) {
      long block = byteOffset + (long) (at / type.blockLength()) * type.blockBytes();
      quantizeBlock(type, source, at, target, block);
    }
  }

  private static void quantizeBlock(
      DataType type, float[] in, int at, MemorySegment target, long block) {
    switch (type) {
      case F32 -> Bytes.put32(target, block, Float.floatToRawIntBits(in[at]));
      case F16 -> Bytes.putFloat16(target, block, in[at]);
      case BF16 -> Bytes.put16(target, block, bfloat16(in[at]));
      case Q8_0 -> Q8Block.quantize(in, at, target, block);
      case Q4_0 -> Q4Block.quantize0(in, at, target, block);
      case Q4_K -> Q4KQuantizer.quantize(in, at, target, block);
      case Q6_K -> Q6KQuantizer.quantize(in, at, target, block);
      case Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q5_K, IQ4_NL -> throw new AssertionError(type);
    }
  }

  /** The upper half of the bits, rounded to nearest even. */
  private static int bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return bits + 0x7FFF + (bits >>> 16 & 1) >>> 16;
  }
}
