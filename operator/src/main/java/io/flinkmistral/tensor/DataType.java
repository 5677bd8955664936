package io.flinkmistral.tensor;

import java.util.Optional;

/**
 * A number format of weights. Numbers are stored in blocks: {@link #blockLength} numbers in {@link
 * #blockBytes} bytes, little-endian. The codes are GGUF's.
 */
public enum DataType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q2_K(10, 256, 84),
  Q3_K(11, 256, 110),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  IQ4_NL(20, 32, 18),
  BF16(30, 1, 2);

  private final int ggufCode;
  private final int blockLength;
  private final int blockBytes;

  DataType(int ggufCode, int blockLength, int blockBytes) {
    this.ggufCode = ggufCode;
    this.blockLength = blockLength;
    this.blockBytes = blockBytes;
  }

  public int ggufCode() {
    return ggufCode;
  }

  /** Numbers in a block. */
  public int blockLength() {
    return blockLength;
  }

  /** Bytes of a block. */
  public int blockBytes() {
    return blockBytes;
  }

  /** Bytes of {@code count} numbers, a multiple of {@link #blockLength}. */
  public long bytes(long count) {
    if (count % blockLength != 0) {
      throw new IllegalArgumentException(
          "%d numbers are no whole blocks of %s, which holds %d"
              .formatted(count, this, blockLength));
    }
    return Math.multiplyExact(count / blockLength, (long) blockBytes);
  }

  public static Optional<DataType> ofGgufCode(int code) {
    for (DataType type : values()) {
      if (type.ggufCode == code) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
