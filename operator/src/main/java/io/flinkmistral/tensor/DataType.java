package io.flinkmistral.tensor;

import io.flinkmistral.tensor.block.Iq4NlBlock;
import io.flinkmistral.tensor.block.Iq4XsBlock;
import io.flinkmistral.tensor.block.Q2KBlock;
import io.flinkmistral.tensor.block.Q3KBlock;
import io.flinkmistral.tensor.block.Q40Block;
import io.flinkmistral.tensor.block.Q41Block;
import io.flinkmistral.tensor.block.Q4KBlock;
import io.flinkmistral.tensor.block.Q50Block;
import io.flinkmistral.tensor.block.Q51Block;
import io.flinkmistral.tensor.block.Q5KBlock;
import io.flinkmistral.tensor.block.Q6KBlock;
import io.flinkmistral.tensor.block.Q8Block;
import io.flinkmistral.tensor.format.NumberFormat;
import io.flinkmistral.tensor.format.PlainFormat;
import io.flinkmistral.tensor.format.PlainFormat.Encoding;
import java.util.Optional;

/** The number formats of weights, by GGUF's names and codes: each has a {@link NumberFormat}. */
public enum DataType {
  F32(0, new PlainFormat(Encoding.FLOAT)),
  F16(1, new PlainFormat(Encoding.HALF)),
  Q4_0(2, new Q40Block()),
  Q4_1(3, new Q41Block()),
  Q5_0(6, new Q50Block()),
  Q5_1(7, new Q51Block()),
  Q8_0(8, new Q8Block()),
  Q2_K(10, new Q2KBlock()),
  Q3_K(11, new Q3KBlock()),
  Q4_K(12, new Q4KBlock()),
  Q5_K(13, new Q5KBlock()),
  Q6_K(14, new Q6KBlock()),
  IQ4_NL(20, new Iq4NlBlock()),
  IQ4_XS(23, new Iq4XsBlock()),
  BF16(30, new PlainFormat(Encoding.BFLOAT));

  private final int ggufCode;
  private final NumberFormat format;

  DataType(int ggufCode, NumberFormat format) {
    this.ggufCode = ggufCode;
    this.format = format;
  }

  public int ggufCode() {
    return ggufCode;
  }

  public NumberFormat format() {
    return format;
  }

  /** Numbers in a block. */
  public int blockLength() {
    return format.blockLength();
  }

  /** Bytes of a block. */
  public int blockBytes() {
    return format.blockBytes();
  }

  /** Bytes of {@code count} numbers, a multiple of {@link #blockLength}. */
  public long bytes(long count) {
    if (count % blockLength() != 0) {
      throw new IllegalArgumentException(
          "%d numbers are no whole blocks of %s, which holds %d"
              .formatted(count, this, blockLength()));
    }
    return Math.multiplyExact(count / blockLength(), (long) blockBytes());
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
