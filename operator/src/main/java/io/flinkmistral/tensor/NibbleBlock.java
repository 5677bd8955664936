package io.flinkmistral.tensor;

import java.lang.foreign.MemorySegment;

/**
 * 32 weights of 4 bits: {@code scale * code - min}.
 *
 * @param codes 32 integers: from -8 to 7 for Q4_0, from 0 to 15 for Q4_K
 * @param scale of the codes
 * @param min 0 for Q4_0
 */
public record NibbleBlock(int[] codes, float scale, float min) {
  private static final int LENGTH = 32;

  /** Whether weights of a type are such blocks. */
  public static boolean isOf(DataType type) {
    return type == DataType.Q4_0 || type == DataType.Q4_K;
  }

  /** Columns {@code 32 * block} and on of a row. */
  public static NibbleBlock of(Matrix matrix, int row, int block) {
    MemorySegment bytes = matrix.row(row);
    return switch (matrix.type()) {
      case Q4_0 -> q40(bytes, (long) block * DataType.Q4_0.blockBytes());
      case Q4_K -> q4K(bytes, (long) (block / 8) * DataType.Q4_K.blockBytes(), block % 8);
      case F32, F16, BF16, Q8_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q5_K, Q6_K, IQ4_NL ->
          throw new IllegalArgumentException(matrix.type() + " is no type for 8-bit inputs");
    };
  }

  private static NibbleBlock q40(MemorySegment bytes, long at) {
    int[] codes = new int[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      int pair = Bytes.unsigned8(bytes, at + 2 + i % 16);
      codes[i] = (i < 16 ? pair & 0xF : pair >> 4) - 8;
    }
    return new NibbleBlock(codes, Bytes.float16(bytes, at), 0);
  }

  private static NibbleBlock q4K(MemorySegment bytes, long at, int group) {
    int[] codes = new int[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      int pair = Bytes.unsigned8(bytes, at + 16 + 32 * (group / 2) + i);
      codes[i] = group % 2 == 0 ? pair & 0xF : pair >> 4;
    }
    float scale = Bytes.float16(bytes, at) * KScales.scale(bytes, at + 4, group);
    float min = Bytes.float16(bytes, at + 2) * KScales.min(bytes, at + 4, group);
    return new NibbleBlock(codes, scale, min);
  }
}
