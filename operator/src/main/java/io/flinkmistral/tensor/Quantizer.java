package io.flinkmistral.tensor;

import io.flinkmistral.tensor.format.NumberFormat;
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
    return type.format().quantizer().isPresent();
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
    NumberFormat.BlockQuantizer quantizer =
        type.format()
            .quantizer()
            .orElseThrow(
                () -> new IllegalArgumentException("%s cannot be written".formatted(type)));
    Objects.checkFromIndexSize(byteOffset, type.bytes(source.length), target.byteSize());
    for (int at = 0; at < source.length; at += type.blockLength()) {
      long block = byteOffset + (long) (at / type.blockLength()) * type.blockBytes();
      quantizer.quantize(source, at, target, block);
    }
  }
}
