package io.flinkmistral.tensor;

import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Weights of 2 to 6 bits that have one scale: {@code scale * code + offset}.
 *
 * @param codes {@link #length} integers, from {@code -2^(bits - 1)} on
 * @param scale of the codes
 * @param offset 0 for Q4_0, Q3_K and Q6_K
 */
public record CodeBlock(int[] codes, float scale, float offset) {
  /** Whether weights of a type are such blocks. */
  public static boolean isOf(DataType type) {
    return switch (type) {
      case Q4_0, Q4_1, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K -> true;
      case F32, F16, BF16, Q8_0, Q5_0, IQ4_NL -> false;
    };
  }

  /** Whether blocks of a type have an offset. */
  public static boolean hasOffset(DataType type) {
    return switch (type) {
      case Q4_1, Q5_1, Q2_K, Q4_K, Q5_K -> true;
      case F32, F16, BF16, Q4_0, Q8_0, Q5_0, Q3_K, Q6_K, IQ4_NL -> false;
    };
  }

  /** Weights of a block. */
  public static int length(DataType type) {
    return switch (type) {
      case Q2_K, Q3_K, Q6_K -> 16;
      case F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, IQ4_NL -> 32;
    };
  }

  /** Columns {@code length * block} and on of a row. */
  public static CodeBlock of(Matrix matrix, int row, int block) {
    DataType type = matrix.type();
    MemorySegment bytes = matrix.row(row);
    int group = block % (type.blockLength() / length(type));
    int first = group * length(type);
    long at = type.bytes((long) block * length(type) - first);
    return switch (type) {
      case Q4_0 -> of(type, i -> Q4Block.code0(bytes, at, i), Bytes.float16(bytes, at), 0);
      case Q4_1 -> of1(type, i -> Q4Block.code1(bytes, at, i), 8, bytes, at);
      case Q5_1 -> of1(type, i -> Q5Block.code1(bytes, at, i), 16, bytes, at);
      case Q2_K -> {
        float scale = Bytes.float16(bytes, at + 80) * Q2KBlock.scale(bytes, at, group);
        float min = Bytes.float16(bytes, at + 82) * Q2KBlock.min(bytes, at, group);
        yield withMin(type, i -> Q2KBlock.code(bytes, at, first + i), 2, scale, min);
      }
      case Q3_K -> {
        float scale = Bytes.float16(bytes, at + 108) * Q3KBlock.scale(bytes, at, group);
        yield of(type, i -> Q3KBlock.code(bytes, at, first + i), scale, 0);
      }
      case Q4_K -> ofK(type, i -> Q4KBlock.code(bytes, at, first + i), 8, bytes, at, group);
      case Q5_K -> ofK(type, i -> Q5KBlock.code(bytes, at, first + i), 16, bytes, at, group);
      case Q6_K -> {
        float scale = Bytes.float16(bytes, at + 208) * Q6KBlock.scale(bytes, at, group);
        yield of(type, i -> Q6KBlock.code(bytes, at, first + i), scale, 0);
      }
      case F32, F16, BF16, Q8_0, Q5_0, IQ4_NL ->
          throw new IllegalArgumentException(type + " is no type for 8-bit inputs");
    };
  }

  /** A block of Q4_1 or Q5_1, which begin alike. */
  private static CodeBlock of1(
      DataType type, IntUnaryOperator code, int center, MemorySegment bytes, long at) {
    return withMin(type, code, center, Bytes.float16(bytes, at), -Bytes.float16(bytes, at + 2));
  }

  /**
   * A group of Q4_K or Q5_K, whose blocks begin alike.
   *
   * @param center what is taken from its codes
   */
  private static CodeBlock ofK(
      DataType type, IntUnaryOperator code, int center, MemorySegment bytes, long at, int group) {
    float scale = Bytes.float16(bytes, at) * KScales.scale(bytes, at + 4, group);
    float min = Bytes.float16(bytes, at + 2) * KScales.min(bytes, at + 4, group);
    return withMin(type, code, center, scale, min);
  }

  /** Weights {@code scale * code - min}. */
  private static CodeBlock withMin(
      DataType type, IntUnaryOperator code, int center, float scale, float min) {
    return of(type, i -> code.applyAsInt(i) - center, scale, center * scale - min);
  }

  private static CodeBlock of(DataType type, IntUnaryOperator code, float scale, float offset) {
    return new CodeBlock(IntStream.range(0, length(type)).map(code).toArray(), scale, offset);
  }
}
