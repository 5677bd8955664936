package io.flinkmistral.tensor.format;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * All that is known of a number format. Numbers are stored in blocks: {@link #blockLength} numbers
 * in {@link #blockBytes} bytes, little-endian.
 *
 * <p>How a block becomes floats is enough for a format to be right everywhere. The kinds of formats
 * say more, so that products are faster: what they say, and not which format it is, decides how
 * kernels pack and multiply weights.
 */
public abstract sealed class NumberFormat permits PlainFormat, ByteFormat, CodeFormat, BlockFormat {
  private final int blockLength;
  private final int blockBytes;

  NumberFormat(int blockLength, int blockBytes) {
    this.blockLength = blockLength;
    this.blockBytes = blockBytes;
  }

  /** Numbers in a block. */
  public final int blockLength() {
    return blockLength;
  }

  /** Bytes of a block. */
  public final int blockBytes() {
    return blockBytes;
  }

  /**
   * Writes a block's numbers as floats, with the very roundings of ggml's reference code.
   *
   * @param source has the block from byte {@code block} on
   * @param out receives the numbers, from {@code at} on
   */
  public abstract void dequantize(MemorySegment source, long block, float[] out, int at);

  /** The same for {@code count} numbers, whole blocks one after the other. */
  public void dequantize(MemorySegment source, long block, float[] out, int at, int count) {
    for (int i = 0; i < count; i += blockLength) {
      dequantize(source, block + (long) i / blockLength * blockBytes, out, at + i);
    }
  }

  /** What rounds floats to blocks, if files of this format are written here. */
  public Optional<BlockQuantizer> quantizer() {
    return Optional.empty();
  }

  /** Rounds floats to a block. */
  public interface BlockQuantizer {
    /**
     * @param in has the block's numbers from {@code at} on
     * @param target receives the block, from byte {@code block} on
     */
    void quantize(float[] in, int at, MemorySegment target, long block);
  }
}
