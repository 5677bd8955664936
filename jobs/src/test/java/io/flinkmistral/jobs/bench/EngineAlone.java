package io.flinkmistral.jobs.bench;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.tools.EngineModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What the job computes, without Flink, Kafka, tokenizer, sampling or state. */
final class EngineAlone implements AutoCloseable {
  private static final int ALL_CORES = 0;

  private final EngineModel model;
  private final Random random = new Random(1);

  EngineAlone(Path path) throws IOException {
    model = EngineModel.load(path, KvType.F16, ALL_CORES);
  }

  /** Takes in prompts one after the other, then decodes all sequences together. */
  double seconds(int sequences, int promptTokens, int answerTokens) {
    List<KvCache> caches = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < sequences; i++) {
      KvCache cache = model.newCache();
      caches.add(cache);
      model.forward(List.of(input(cache, promptTokens)));
    }
    // The pass over the prompt gave the first token.
    for (int step = 1; step < answerTokens; step++) {
      model.forward(caches.stream().map(cache -> input(cache, 1)).toList());
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    caches.forEach(KvCache::close);
    return seconds;
  }

  private SequenceInput input(KvCache cache, int tokens) {
    int[] ids = random.ints(tokens, 0, model.config().vocabularySize()).toArray();
    return new SequenceInput(cache, ids, SequenceInput.Wanted.LAST);
  }

  @Override
  public void close() {
    model.close();
  }
}
