package io.flinkmistral.kernel;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.tensor.RandomBlocks;
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
    long count = (long) rows * columns;
    return new Matrix(type, rows, columns, RandomBlocks.of(type, count, 1, seeded(seed)));
  }
}
