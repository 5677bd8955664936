package io.flinkmistral.kernel;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Seeded numbers for tests of kernels. */
final class Numbers {
  /** Lengths around every unrolled loop's edges. */
  static final int[] SIZES = {0, 1, 4, 6, 13, 15, 16, 17, 31, 32, 33, 64, 207, 4096, 4098};

  private static final float[] EXTREMES = {
    0f,
    -0f,
    Float.MIN_VALUE,
    -Float.MIN_NORMAL,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN,
    1e-20f,
    -103.5f,
    88.9f
  };

  private Numbers() {}

  static RandomGenerator seeded(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  static float[] normal(long seed, int n) {
    RandomGenerator random = seeded(seed);
    float[] numbers = new float[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  /** Normal numbers with the extremes of the type between them. */
  static float[] extreme(long seed, int n) {
    RandomGenerator random = seeded(seed);
    float[] numbers = normal(seed, n);
    for (int i = 0; i < n; i += 1 + random.nextInt(5)) {
      numbers[i] = EXTREMES[random.nextInt(EXTREMES.length)];
    }
    return numbers;
  }

  /** A matrix of random finite weights of about unit size. */
  static Matrix matrix(DataType type, int rows, int columns, long seed) {
    RandomGenerator random = seeded(seed);
    byte[] bytes = new byte[Math.toIntExact(rows * type.bytes(columns))];
    random.nextBytes(bytes);
    MemorySegment data = MemorySegment.ofArray(bytes);
    for (long at = 0; at < bytes.length; at += type.blockBytes()) {
      float scale = (float) random.nextGaussian();
      switch (type) {
        case F32 -> data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, scale);
        case BF16 ->
            data.set(
                ValueLayout.JAVA_SHORT_UNALIGNED,
                at,
                (short) (Float.floatToRawIntBits(scale) >>> 16));
        case F16, Q4_0, Q8_0, Q4_1, Q5_0, Q5_1, IQ4_NL, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K -> {
          for (long scaleAt : scaleOffsets(type)) {
            data.set(
                ValueLayout.JAVA_SHORT_UNALIGNED,
                at + scaleAt,
                Float.floatToFloat16((float) random.nextGaussian() / 8));
          }
        }
      }
    }
    return new Matrix(type, rows, columns, data);
  }

  private static long[] scaleOffsets(DataType type) {
    return switch (type) {
      case F32, BF16 -> new long[0];
      case F16, Q4_0, Q8_0, Q5_0, IQ4_NL -> new long[] {0};
      case Q4_1, Q5_1, Q4_K, Q5_K -> new long[] {0, 2};
      case Q2_K -> new long[] {80, 82};
      case Q3_K -> new long[] {108};
      case Q6_K -> new long[] {208};
    };
  }
}
