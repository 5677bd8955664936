package io.flinkmistral.model;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.bytecode.PassSize;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.model.attention.Attention;
import io.flinkmistral.model.attention.QueryTile;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.model.pass.SequenceInput.Wanted;
import io.flinkmistral.model.pass.TokenRows;
import io.flinkmistral.weights.RopeLayout;
import io.flinkmistral.weights.TransformerConfig;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The attention of one layer of Mistral 7B over a long cache, of one token or a chunk of a prompt:
 * {@code mvn -q -Pjmh -Dbenchmarks="Attention -p tokens=1 -p kvType=F16"}.
 *
 * <p>The cache has all 32 layers, and each pass reads the next one, so that keys and values come
 * from memory.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AttentionBenchmark {
  private static final TransformerConfig MISTRAL =
      new TransformerConfig(
          4096,
          32,
          32,
          8,
          128,
          14336,
          32000,
          1e-5f,
          10_000,
          RopeLayout.INTERLEAVED,
          OptionalInt.empty(),
          32768);

  private static final int PAGE_TOKENS = 16;

  /** Positions in the cache before the tokens. */
  @Param("4096")
  public int depth;

  @Param({"1", "128"})
  public int tokens;

  @Param({"F16", "Q8_0"})
  public KvType kvType;

  @Param("2")
  public int threads;

  private WorkPool pool;
  private KvPagePool pages;
  private KvCache cache;
  private Attention attention;
  private List<QueryTile> tiles;
  private float[] query;
  private float[] out;
  private int layer;

  @Setup
  public void fill() {
    Kernels kernels = Kernels.best();
    KvLayout layout = KvLayout.of(MISTRAL, PAGE_TOKENS, kvType);
    pool = WorkPool.of(threads);
    try (ExecutorService compiling = Executors.newFixedThreadPool(threads)) {
      for (PassSize size : PassSize.values()) {
        kernels.warmUp(size, Set.of(), Attention.reading(MISTRAL, layout, kernels), compiling);
      }
    }
    pages = new KvPagePool(layout);
    cache = new KvCache(layout, OptionalInt.empty(), pages, 0);
    Random random = new Random(1);
    cache.reserve(depth + tokens);
    short[] noise = new short[layout.pageBytes() / Short.BYTES];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = Float.floatToFloat16((float) random.nextGaussian() / 4);
    }
    for (int i = 0; i < cache.pages(); i++) {
      cache.page(i).copyFrom(MemorySegment.ofArray(noise));
    }
    cache.advance(depth);
    attention = new Attention(MISTRAL, layout, kernels);
    tiles =
        attention.tiles(
            TokenRows.last(
                List.of(new SequenceInput(cache, new int[tokens], Wanted.NONE)), input -> tokens));
    int width = MISTRAL.heads() * MISTRAL.headDim();
    query = new float[tokens * width];
    for (int i = 0; i < query.length; i++) {
      query[i] = (float) random.nextGaussian();
    }
    out = new float[tokens * width];
  }

  @Benchmark
  public float[] attend() {
    attention.attend(tiles, layer, query, out, pool);
    layer = (layer + 1) % MISTRAL.layers();
    return out;
  }

  @TearDown
  public void close() {
    cache.close();
    pages.close();
    pool.close();
  }
}
