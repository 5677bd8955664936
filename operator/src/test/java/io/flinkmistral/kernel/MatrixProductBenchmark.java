package io.flinkmistral.kernel;

import io.flinkmistral.kernel.bytecode.CacheReading;
import io.flinkmistral.kernel.bytecode.PassSize;
import io.flinkmistral.kernel.layout.WeightMatrix;
import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Products of a few inputs and the largest projection of Mistral 7B, whose weights come from memory
 * each time: {@code mvn -q -Pjmh -Dbenchmarks="MatrixProduct -p type=Q4_0 -p tokens=8"}.
 *
 * <p>{@code gflop} and {@code gigabytes} of the counters are a second's, bytes those of the file.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(2)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class MatrixProductBenchmark {
  private static final int ROWS = 14336;
  private static final int COLUMNS = 4096;

  /** Copies that no cache holds all together. */
  private static final int COPIES = 6;

  @Param({"Q4_0", "Q8_0", "Q4_K", "Q6_K"})
  public DataType type;

  @Param({"1", "2", "4", "8", "16", "128"})
  public int tokens;

  @Param("2")
  public int threads;

  /** Bits of a vector; 0 for the widest. */
  @Param("0")
  public int bits;

  /** A {@link KernelChoice} by its name. */
  @Param("auto")
  public String choice;

  private final List<WeightMatrix> copies = new ArrayList<>();
  private VectorKernels kernels;
  private WorkPool pool;
  private long bytes;
  private float[] in;
  private float[] out;
  private int next;

  /** What a second's products come to. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Work {
    public double gflop;
    public double gigabytes;

    /** JMH counts anew in each iteration. */
    @Setup(Level.Iteration)
    public void clear() {
      gflop = 0;
      gigabytes = 0;
    }
  }

  @Setup
  public void prepare() {
    int width = bits == 0 ? VectorKernels.widest() : bits;
    kernels =
        VectorKernels.of(
            width, Precision.QUANTIZED, KernelChoice.ofName(choice).on(Host.get(), width));
    pool = WorkPool.of(threads);
    Matrix matrix = Numbers.matrix(type, ROWS, COLUMNS, 1);
    bytes = matrix.data().byteSize();
    for (int i = 0; i < COPIES; i++) {
      WeightMatrix copy = kernels.prepare(matrix, Arena.ofAuto());
      kernels.pack(copy, pool);
      copies.add(copy);
    }
    try (ExecutorService compiling = Executors.newFixedThreadPool(threads)) {
      for (PassSize size : PassSize.values()) {
        kernels.warmUp(size, Set.of(type), new CacheReading.ByMachineCode(), compiling);
      }
    }
    in = Numbers.normal(2, tokens * COLUMNS);
    out = new float[tokens * ROWS];
  }

  @Benchmark
  public float[] multiply(Work work) {
    kernels.multiply(copies.get(next), in, tokens, out, pool);
    next = (next + 1) % COPIES;
    work.gflop += 2e-9 * ROWS * COLUMNS * tokens;
    work.gigabytes += 1e-9 * bytes;
    return out;
  }

  @TearDown
  public void close() {
    pool.close();
  }
}
