package io.flinkmistral.model;

import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.layout.WeightMatrix;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.weights.LayerWeights;
import io.flinkmistral.weights.TransformerWeights;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Says how slow a model is where this host's vectors are too narrow for the fast kernels, so that
 * plain loops multiply. Elsewhere nothing is said or measured.
 *
 * <p>One token is multiplied with two of the first layer's matrices, three times or for a second;
 * what the fastest round took is scaled up to the bytes of all. At 7B a whole pass may take
 * minutes.
 */
public final class PlainLoops {
  private static final long NANOS = 1_000_000_000;

  private PlainLoops() {}

  /** What to tell the user, in a line. */
  public static Optional<String> warning(
      String model, Kernels kernels, TransformerWeights weights, WorkPool pool) {
    if (!kernels.multipliesInPlainLoops(weights.layers().getFirst().key().type())) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "model %s is slow here: the fast kernels need vectors of 256 bits (AVX2 or AVX-512),"
                + " which this CPU or JVM does not have, so plain loops compute; an answer gets"
                + " about %.2g tokens a second (measured on keys and values of one of %d layers)",
            model,
            tokensPerSecond(kernels, weights, pool),
            weights.layers().size()));
  }

  private static double tokensPerSecond(
      Kernels kernels, TransformerWeights weights, WorkPool pool) {
    LayerWeights layer = weights.layers().getFirst();
    List<Matrix> measured = List.of(layer.key(), layer.value());
    long begin = System.nanoTime();
    long fastest = Long.MAX_VALUE;
    for (int round = 0; round < 3 || System.nanoTime() - begin < NANOS; round++) {
      long start = System.nanoTime();
      measured.forEach(matrix -> multiply(kernels, matrix, pool));
      fastest = Math.min(fastest, System.nanoTime() - start);
    }
    long bytes = measured.stream().mapToLong(matrix -> matrix.data().byteSize()).sum();
    return 1e9 / fastest * bytes / weights.bytes();
  }

  private static void multiply(Kernels kernels, Matrix matrix, WorkPool pool) {
    WeightMatrix prepared = kernels.prepare(matrix);
    float[] in = new float[matrix.columns()];
    for (int i = 0; i < in.length; i++) {
      in[i] = i % 17 - 8.5f; // Without vectors, zeros may be multiplied faster than others.
    }
    kernels.multiply(prepared, in, 1, new float[matrix.rows()], pool);
  }
}
