package io.flinkmistral.tensor.format;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Floating-point numbers, each by itself. */
public final class PlainFormat extends NumberFormat {
  private final Encoding encoding;

  /** How a number is written. */
  public enum Encoding {
    /** IEEE single precision. */
    FLOAT(Float.BYTES),
    /** IEEE half precision. */
    HALF(Short.BYTES),
    /** The upper half of a {@link #FLOAT}. */
    BFLOAT(Short.BYTES);

    private final int bytes;

    Encoding(int bytes) {
      this.bytes = bytes;
    }
  }

  public PlainFormat(Encoding encoding) {
    super(1, encoding.bytes);
    this.encoding = encoding;
  }

  public Encoding encoding() {
    return encoding;
  }

  @Override
  public void dequantize(MemorySegment source, long block, float[] out, int at) {
    out[at] =
        switch (encoding) {
          case FLOAT -> Float.intBitsToFloat(Bytes.int32(source, block));
          case HALF -> Bytes.float16(source, block);
          case BFLOAT -> Float.intBitsToFloat(Bytes.unsigned16(source, block) << 16);
        };
  }

  /** Floats are copied all at once: a model's norms are read before anything is compiled. */
  @Override
  public void dequantize(MemorySegment source, long block, float[] out, int at, int count) {
    switch (encoding) {
      case FLOAT -> Bytes.copyFloats(source, block, out, at, count);
      case HALF, BFLOAT -> super.dequantize(source, block, out, at, count);
    }
  }

  @Override
  public Optional<BlockQuantizer> quantizer() {
    return Optional.of(
        switch (encoding) {
          case FLOAT ->
              (in, at, target, block) ->
                  Bytes.put32(target, block, Float.floatToRawIntBits(in[at]));
          case HALF -> (in, at, target, block) -> Bytes.putFloat16(target, block, in[at]);
          case BFLOAT -> (in, at, target, block) -> Bytes.put16(target, block, bfloat16(in[at]));
        });
  }

  /** The upper half of the bits, rounded to nearest even. */
  private static int bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return bits + 0x7FFF + (bits >>> 16 & 1) >>> 16;
  }
}
