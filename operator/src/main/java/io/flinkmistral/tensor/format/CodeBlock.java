package io.flinkmistral.tensor.format;

import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/**
 * Weights that have one scale: {@code scale * code + offset}.
 *
 * @param codes as many as a group has, from {@code -2^(bits - 1)} on
 * @param scale of the codes
 * @param offset 0 for formats without a dmin
 */
public record CodeBlock(int[] codes, float scale, float offset) {
  /**
   * Group {@code group} of a row, counted through all its blocks.
   *
   * @param format that of the row
   */
  public static CodeBlock of(ByteFormat format, MemorySegment row, int group) {
    int groups = format.blockLength() / ByteFormat.GROUP;
    long block = (long) (group / groups) * format.blockBytes();
    int inBlock = group % groups;
    float scale = Bytes.float16(row, block) * format.groupScale(row, block, inBlock);
    int first = inBlock * ByteFormat.GROUP;
    int[] codes =
        IntStream.range(first, first + ByteFormat.GROUP)
            .map(n -> format.whole(row, block, n))
            .toArray();
    return new CodeBlock(codes, scale, 0);
  }

  /** The same of codes of fewer bits. */
  public static CodeBlock of(CodeFormat format, MemorySegment row, int group) {
    int length = format.groupLength();
    int groups = format.blockLength() / length;
    long block = (long) (group / groups) * format.blockBytes();
    int inBlock = group % groups;
    float scale =
        Bytes.float16(row, block + format.scaleAt()) * format.groupScale(row, block, inBlock);
    float offset = 0;
    if (format.minAt().isPresent()) {
      float dmin = Bytes.float16(row, block + format.minAt().getAsInt());
      offset = format.center() * scale - dmin * format.groupMin(row, block, inBlock);
    }
    int[] codes =
        IntStream.range(inBlock * length, (inBlock + 1) * length)
            .map(n -> format.code(row, block, n))
            .toArray();
    return new CodeBlock(codes, scale, offset);
  }
}
