package io.flinkmistral.kernel;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Speed of matrix products, candidates in alternation, after their results were compared with the
 * oracle's bits. Only ratios within one run mean anything on a shared machine.
 *
 * <pre>
 * mvn -q test-compile
 * java --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
 *     -cp operator/target/classes:operator/target/test-classes \
 *     io.flinkmistral.kernel.KernelBench [types=Q4_0,Q8_0] [tokens=1,4,8,16,128] [threads=2] \
 *     [widths=256,512] [rounds=5]
 * </pre>
 */
final class KernelBench {
  /** The largest projection of Mistral 7B. */
  private static final int ROWS = 14336;

  private static final int COLUMNS = 4096;

  /** Numbers that the weights of Mistral 7B take part in, a token, without the embedding. */
  private static final double MULTIPLICATIONS = 7.11e9;

  private KernelBench() {}

  /** One kind of product with its times. */
  private record Candidate(
      String name,
      VectorKernels kernels,
      List<WeightMatrix> weights,
      long bytes,
      int tokens,
      float[] in,
      float[] out,
      List<Double> seconds) {
    void run(WorkPool pool) {
      int repeats = Math.max(1, 8 / tokens);
      long start = now(pool);
      for (int i = 0; i < repeats; i++) {
        for (WeightMatrix matrix : weights) {
          kernels.multiply(matrix, in, tokens, out, pool);
        }
      }
      seconds.add((now(pool) - start) * 1e-9 / repeats / weights.size());
    }

    @Override
    public String toString() {
      double best = seconds.stream().min(Double::compare).orElseThrow();
      double median = seconds.stream().sorted().toList().get(seconds.size() / 2);
      double products = (double) ROWS * COLUMNS * tokens;
      return "%-22s best %6.1f GB/s %6.1f GFLOP/s, 7B %6.2f tokens/s (median %.2f)"
          .formatted(
              name,
              bytes / best * 1e-9,
              2 * products / best * 1e-9,
              tokens / (best * MULTIPLICATIONS / ROWS / COLUMNS),
              tokens / (median * MULTIPLICATIONS / ROWS / COLUMNS));
    }
  }

  public static void main(String[] args) {
    List<Candidate> candidates = new ArrayList<>();
    try (WorkPool pool = WorkPool.of(Integer.parseInt(option(args, "threads", "2")))) {
      for (String type : option(args, "types", "Q4_0,Q8_0").split(",")) {
        for (String width : option(args, "widths", "" + VectorKernels.widest()).split(",")) {
          VectorKernels kernels =
              VectorKernels.ofWidth(Integer.parseInt(width), Precision.QUANTIZED);
          candidates.addAll(
              candidates(DataType.valueOf(type), kernels, option(args, "tokens", "1,8,128"), pool));
        }
      }
      int rounds = Integer.parseInt(option(args, "rounds", "5"));
      for (int round = -2; round < rounds; round++) {
        if (round == 0) {
          candidates.forEach(c -> c.seconds.clear());
        }
        candidates.forEach(c -> warm(c, pool));
      }
    }
    candidates.forEach(System.out::println);
  }

  /** With one thread its CPU time, which others on the machine disturb less. */
  private static long now(WorkPool pool) {
    return pool.threads() == 1
        ? ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime()
        : System.nanoTime();
  }

  private static void warm(Candidate candidate, WorkPool pool) {
    candidate.run(pool);
    candidate.run(pool);
  }

  private static List<Candidate> candidates(
      DataType type, VectorKernels kernels, String tokenCounts, WorkPool pool) {
    List<WeightMatrix> weights = new ArrayList<>();
    Matrix matrix = Numbers.matrix(type, ROWS, COLUMNS, 1);
    kernels.prepare(matrix, pool);
    long start = now(pool);
    for (int i = 0; i < 6; i++) {
      weights.add(kernels.prepare(matrix, pool));
    }
    double seconds = (now(pool) - start) * 1e-9;
    start = now(pool);
    try (ExecutorService compiling = Executors.newFixedThreadPool(2)) {
      kernels.warmUp(Set.of(type), compiling);
    }
    System.out.printf("warm after %.1f s%n", (now(pool) - start) * 1e-9);
    System.out.printf(
        "%s packed at %.2f GB/s%n", type, 6 * matrix.data().byteSize() / seconds * 1e-9);
    verify(type, kernels, pool);
    List<Candidate> candidates = new ArrayList<>();
    for (String count : tokenCounts.split(",")) {
      int tokens = Integer.parseInt(count);
      candidates.add(
          new Candidate(
              "%s %d bits x %d".formatted(type, kernels.bits(), tokens),
              kernels,
              tokens > 16 ? weights.subList(0, 1) : weights,
              matrix.data().byteSize(),
              tokens,
              Numbers.normal(2, tokens * COLUMNS),
              new float[tokens * ROWS],
              new ArrayList<>()));
    }
    return candidates;
  }

  private static void verify(DataType type, VectorKernels kernels, WorkPool pool) {
    Matrix matrix = Numbers.matrix(type, 130, COLUMNS, 3);
    Kernels oracle = new ScalarKernels(Precision.QUANTIZED);
    for (int tokens : new int[] {1, 2, 8, 16}) {
      float[] in = Numbers.normal(4, tokens * COLUMNS);
      float[] expected = new float[tokens * 130];
      float[] actual = new float[tokens * 130];
      oracle.multiply(oracle.prepare(matrix), in, tokens, expected, pool);
      kernels.multiply(kernels.prepare(matrix), in, tokens, actual, pool);
      if (!Arrays.equals(actual, expected)) {
        throw new AssertionError("%s: wrong with %d tokens".formatted(type, tokens));
      }
    }
  }

  private static String option(String[] args, String name, String otherwise) {
    for (String arg : args) {
      if (arg.startsWith(name + "=")) {
        return arg.substring(name.length() + 1);
      }
    }
    return otherwise;
  }
}
