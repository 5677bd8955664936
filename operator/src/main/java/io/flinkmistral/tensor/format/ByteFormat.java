package io.flinkmistral.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * A format whose numbers are whole numbers of 8 bits times a scale, which 32 of them share: number
 * = d * whole, or d * s * whole, with the block's d and the group's own s.
 *
 * <p>d is half precision and stands at the block's beginning. s is a whole number of 8 bits; a
 * format whose blocks are longer than a group has it.
 */
public abstract non-sealed class ByteFormat extends NumberFormat {
  /** Numbers with one scale. */
  public static final int GROUP = 32;

  protected ByteFormat(int blockLength, int blockBytes) {
    super(blockLength, blockBytes);
  }

  /** Whether groups have an s. */
  public final boolean hasGroupScales() {
    return blockLength() > GROUP;
  }

  /** Number {@code n} of a block for a scale of 1, from -128 to 127. */
  public abstract int whole(MemorySegment source, long block, int n);

  /** The s of group {@code group}, from -128 to 127. */
  public int groupScale(MemorySegment source, long block, int group) {
    return 1;
  }

  @Override
  public void dequantize(MemorySegment source, long block, float[] out, int at) {
    float d = Bytes.float16(source, block);
    for (int first = 0; first < blockLength(); first += GROUP) {
      float scale = d * groupScale(source, block, first / GROUP);
      for (int n = first; n < first + GROUP; n++) {
        out[at + n] = scale * whole(source, block, n);
      }
    }
  }
}
