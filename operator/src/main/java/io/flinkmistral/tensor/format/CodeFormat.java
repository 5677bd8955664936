package io.flinkmistral.tensor.format;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * A format whose numbers are codes of 2 to 6 bits on a line that a group of them shares: number = d
 * * s * q - dmin * m, with q from 0 on, the block's d and dmin in half precision, and the group's
 * own whole s and m. Its weights are multiplied with inputs of 8 bits; see {@link CodeBlock}.
 *
 * <p>Where a block is one group, s is 1. Formats without a dmin have their zero in the middle:
 * number = d * s * (q - 2^(bits - 1)).
 */
public abstract non-sealed class CodeFormat extends NumberFormat {
  private final int bits;
  private final int groupLength;

  /**
   * @param bits of a code
   * @param groupLength numbers of a group
   */
  protected CodeFormat(int blockLength, int blockBytes, int bits, int groupLength) {
    super(blockLength, blockBytes);
    this.bits = bits;
    this.groupLength = groupLength;
  }

  /** Bits of a code. */
  public final int bits() {
    return bits;
  }

  /** Numbers of a group. */
  public final int groupLength() {
    return groupLength;
  }

  /** Whether groups have an s; then they have an m, too, where there is a dmin. */
  public final boolean hasGroupScales() {
    return groupLength < blockLength();
  }

  /** Where d is, from the block's first byte. */
  public abstract int scaleAt();

  /** Where dmin is, or its negative; see {@link #groupMin}. */
  public OptionalInt minAt() {
    return OptionalInt.empty();
  }

  /** Number {@code n} of a block as a code, from {@code -2^(bits - 1)} on. */
  public abstract int code(MemorySegment source, long block, int n);

  /** The s of a group: up to 255 where there is a dmin, otherwise from -128 to 127. */
  public int groupScale(MemorySegment source, long block, int group) {
    return 1;
  }

  /** The m of a group, up to 255; -1 in formats that add what stands for dmin. */
  public int groupMin(MemorySegment source, long block, int group) {
    return -1;
  }

  @Override
  public final void dequantize(MemorySegment source, long block, float[] out, int at) {
    float d = Bytes.float16(source, block + scaleAt());
    boolean hasMins = minAt().isPresent();
    float dmin = hasMins ? Bytes.float16(source, block + minAt().getAsInt()) : 0;
    int zero = hasMins ? center() : 0;
    for (int first = 0; first < blockLength(); first += groupLength) {
      int group = first / groupLength;
      float scale = d * groupScale(source, block, group);
      float min = hasMins ? dmin * groupMin(source, block, group) : 0;
      for (int n = first; n < first + groupLength; n++) {
        out[at + n] = scale * (code(source, block, n) + zero) - min;
      }
    }
  }

  /** What {@link #code} takes from a code that counts from 0. */
  final int center() {
    return 1 << bits - 1;
  }
}
