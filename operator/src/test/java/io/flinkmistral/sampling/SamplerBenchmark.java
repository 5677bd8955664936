package io.flinkmistral.sampling;

import io.flinkmistral.protocol.SamplingParams;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Drawing a token from the logits of a vocabulary: {@code mvn -q -Pjmh -Dbenchmarks="Sampler -p
 * topK=40"}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SamplerBenchmark {
  private static final int VOCABULARY = 32_000;
  private static final int ROWS = 16;

  /** Tokens kept; 0 are all. */
  @Param({"0", "40"})
  public int topK;

  /** Standard deviation of the logits. */
  @Param({"1", "4"})
  public float spread;

  private final float[] logits = new float[ROWS * VOCABULARY];
  private Sampler sampler;
  private int index;

  @Setup
  public void fill() {
    Random random = new Random(1);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = spread * (float) random.nextGaussian();
    }
    sampler = new Sampler(new SamplingParams(1, 0.95, topK, 0, OptionalLong.empty()), 7, List.of());
  }

  @Benchmark
  public int draw() {
    index++;
    return sampler.sample(logits, index % ROWS * VOCABULARY, VOCABULARY, index);
  }
}
