package io.flinkmistral.tensor;

import io.flinkmistral.tensor.format.PlainFormat;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;

/** Random weights of any format: all that is asked of it is how its blocks are read. */
public final class RandomBlocks {
  /** Blocks that are drawn; of more there are repetitions. */
  private static final int MOST = 128;

  private RandomBlocks() {}

  /**
   * Finite numbers whose root mean square is within a factor of 2 of {@code size} in each block.
   *
   * @param count numbers, whole blocks
   */
  public static MemorySegment of(DataType type, long count, double size, RandomGenerator random) {
    MemorySegment data = MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes(count))]);
    if (type.format() instanceof PlainFormat) {
      float[] numbers = new float[Math.toIntExact(count)];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (float) (random.nextGaussian() * size);
      }
      Quantizer.quantize(type, numbers, data, 0);
      return data;
    }
    int blocks = Math.toIntExact(count / type.blockLength());
    byte[][] drawn = new byte[Math.min(blocks, MOST)][];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = block(type, size, random);
    }
    for (int i = 0; i < blocks; i++) {
      byte[] block = drawn[i < drawn.length ? i : random.nextInt(drawn.length)];
      MemorySegment.copy(
          MemorySegment.ofArray(block), 0, data, (long) i * block.length, block.length);
    }
    return data;
  }

  /** Random bytes, drawn again until they are what is wanted. */
  private static byte[] block(DataType type, double size, RandomGenerator random) {
    byte[] block = new byte[type.blockBytes()];
    float[] numbers = new float[type.blockLength()];
    double rms;
    do {
      random.nextBytes(block);
      Dequantizer.dequantize(type, MemorySegment.ofArray(block), 0, numbers, 0, numbers.length);
      double squares = 0;
      for (float number : numbers) {
        squares += (double) number * number;
      }
      rms = Math.sqrt(squares / numbers.length);
    } while (!(rms >= size / 2 && rms <= size * 2));
    return block;
  }
}
