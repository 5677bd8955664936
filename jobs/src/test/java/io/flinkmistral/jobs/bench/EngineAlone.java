package io.flinkmistral.jobs.bench;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.KvLayout;
import io.flinkmistral.cache.KvPagePool;
import io.flinkmistral.cache.KvType;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.Precision;
import io.flinkmistral.kernel.WorkPool;
import io.flinkmistral.model.SequenceInput;
import io.flinkmistral.model.Transformer;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What the job computes, without Flink, Kafka, tokenizer, sampling or state. */
final class EngineAlone implements AutoCloseable {
  private static final int PAGE_TOKENS = 16;

  private final Arena arena = Arena.ofShared();
  private final WorkPool pool;
  private final KvLayout layout;
  private final KvPagePool pages;
  private final Transformer transformer;
  private final ModelFile file;
  private final Random random = new Random(1);

  EngineAlone(Path model) throws IOException {
    pool = WorkPool.of(Runtime.getRuntime().availableProcessors());
    file = ModelReader.open(model, arena, LoadListener.NONE);
    layout = KvLayout.of(file.config(), PAGE_TOKENS, KvType.F16);
    pages = new KvPagePool(layout);
    transformer =
        new Transformer(
            file.config(),
            file.weights(),
            layout,
            Kernels.best(Precision.QUANTIZED),
            pool,
            LoadListener.NONE);
  }

  /** Takes in prompts one after the other, then decodes all sequences together. */
  double seconds(int sequences, int promptTokens, int answerTokens) {
    List<KvCache> caches = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < sequences; i++) {
      KvCache cache = new KvCache(layout, file.config().window(), pages, 0);
      caches.add(cache);
      transformer.forward(List.of(input(cache, promptTokens)));
    }
    // The pass over the prompt gave the first token.
    for (int step = 1; step < answerTokens; step++) {
      transformer.forward(caches.stream().map(cache -> input(cache, 1)).toList());
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    caches.forEach(KvCache::close);
    return seconds;
  }

  private SequenceInput input(KvCache cache, int tokens) {
    int[] ids = random.ints(tokens, 0, file.config().vocabularySize()).toArray();
    return new SequenceInput(cache, ids, SequenceInput.Wanted.LAST);
  }

  @Override
  public void close() {
    pool.close();
    arena.close();
  }
}
