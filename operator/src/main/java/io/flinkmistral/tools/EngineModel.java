package io.flinkmistral.tools;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.host.CoreShare;
import io.flinkmistral.kernel.KernelChoice;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.Precision;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.model.Transformer;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.sampling.Sampler;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A transformer by itself: token ids in, logits out. It needs no tokenizer. */
public final class EngineModel implements AutoCloseable {
  /** What a command takes for {@link Kernels#best}, which the profile hands on as a property. */
  static final Command.Setting KERNELS =
      new Command.Setting(
          "kernels",
          String.join("|", KernelChoice.names()),
          String.join(", ", KernelChoice.names()),
          "what multiplies: %s (auto)".formatted(String.join(", ", KernelChoice.names())));

  static final int PAGE_TOKENS = 16;

  private final Arena arena;
  private final long fileBytes;
  private final String kernels;
  private final WorkPool pool;
  private final TransformerConfig config;
  private final KvLayout layout;
  private final KvPagePool pages;
  private final Transformer transformer;

  /**
   * What a model thinks of a continuation.
   *
   * @param logProbabilities natural logarithm of each token's probability
   * @param greedy whether each token is the most probable one at its place
   */
  record Score(double[] logProbabilities, boolean greedy) {}

  private EngineModel(ModelFile file, Kernels kernels, Arena arena, KvType kvType, int threads) {
    this.arena = arena;
    this.fileBytes = file.bytes();
    this.pool = WorkPool.of(CoreShare.ofThisProcess(threads));
    this.config = file.config();
    this.layout = KvLayout.of(config, PAGE_TOKENS, kvType);
    this.pages = new KvPagePool(layout);
    this.transformer =
        new Transformer(config, file.weights(), layout, kernels, arena, pool, LoadListener.NONE);
    // By now it is known what machine code works here.
    this.kernels = kernels.description();
  }

  /**
   * Loads a model to be computed as a job computes it.
   *
   * @param kvType number format of cached keys and values
   * @param threads of the model; 0 for the cores that this process may use
   */
  public static EngineModel load(Path path, KvType kvType, int threads) throws IOException {
    return load(path, kvType, threads, Precision.QUANTIZED);
  }

  /** The same with a choice of what the inputs of products are rounded to. */
  static EngineModel load(Path path, KvType kvType, int threads, Precision precision)
      throws IOException {
    Arena arena = Arena.ofShared();
    try {
      Kernels kernels = Kernels.best(precision);
      ModelFile file = ModelReader.open(path, arena, LoadListener.NONE);
      return new EngineModel(file, kernels, arena, kvType, threads);
    } catch (IOException | RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /** Waits until all kernels are compiled and all weights packed. */
  void awaitFullSpeed() throws InterruptedException {
    transformer.awaitFullSpeed();
  }

  /** Logits of every position, fed in chunks of {@code chunk} tokens; 0 for all at once. */
  List<float[]> logits(int[] ids, int chunk) {
    int step = chunk == 0 ? Math.max(1, ids.length) : chunk;
    List<float[]> rows = new ArrayList<>();
    try (KvCache cache = newCache()) {
      for (int from = 0; from < ids.length; from += step) {
        int[] part = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + step));
        Logits logits = forward(cache, part, SequenceInput.Wanted.ALL);
        for (int row = 0; row < logits.rows(); row++) {
          rows.add(logits.row(row));
        }
      }
    }
    return rows;
  }

  /** The {@code n} most probable tokens, one after the other. */
  int[] greedy(int[] ids, int n) {
    int[] chosen = new int[n];
    try (KvCache cache = newCache()) {
      int[] next = ids;
      for (int i = 0; i < n; i++) {
        Logits logits = forward(cache, next, SequenceInput.Wanted.LAST);
        chosen[i] = Sampler.argmax(logits.values(), 0, logits.vocabularySize());
        next = new int[] {chosen[i]};
      }
    }
    return chosen;
  }

  Score score(int[] context, int[] continuation) {
    int[] all = Arrays.copyOf(context, context.length + continuation.length);
    System.arraycopy(continuation, 0, all, context.length, continuation.length);
    List<float[]> rows = logits(all, 0);
    double[] logProbabilities = new double[continuation.length];
    boolean greedy = true;
    for (int i = 0; i < continuation.length; i++) {
      float[] row = rows.get(context.length - 1 + i);
      logProbabilities[i] = logProbability(row, continuation[i]);
      greedy &= Sampler.argmax(row, 0, row.length) == continuation[i];
    }
    return new Score(logProbabilities, greedy);
  }

  private static double logProbability(float[] logits, int token) {
    double max = logits[Sampler.argmax(logits, 0, logits.length)];
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return logits[token] - max - Math.log(sum);
  }

  private Logits forward(KvCache cache, int[] tokens, SequenceInput.Wanted wanted) {
    return forward(List.of(new SequenceInput(cache, tokens, wanted)));
  }

  /** One pass; see {@link Transformer#forward}. */
  public Logits forward(List<SequenceInput> batch) {
    return transformer.forward(batch);
  }

  public TransformerConfig config() {
    return config;
  }

  /** Bytes of the model's files. */
  long fileBytes() {
    return fileBytes;
  }

  /** What multiplies, in a few words. */
  String kernels() {
    return kernels;
  }

  /** An empty cache. */
  public KvCache newCache() {
    return new KvCache(layout, config.window(), pages, 0);
  }

  @Override
  public void close() {
    pool.close();
    pages.close();
    arena.close();
  }
}
