package io.flinkmistral.tools;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.prefix.PrefixCache;
import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.engine.batch.Engine;
import io.flinkmistral.engine.batch.EngineClient;
import io.flinkmistral.engine.batch.Pass;
import io.flinkmistral.engine.batch.Progress;
import io.flinkmistral.generation.Scoring;
import io.flinkmistral.generation.Sequence;
import io.flinkmistral.model.pass.Logits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;

/**
 * Records with a beginning in common, which are all there at once, through the engine's batch: each
 * is taken in, and one token after it is scored.
 */
final class SharedRecords {
  static final int RECORDS = 32;

  /** As the options' defaults have it. */
  private static final BatchLimits LIMITS = new BatchLimits(16, 128);

  private final EngineModel model;
  private final int shared;
  private final int own;
  private final Random random;

  /**
   * @param shared tokens that records have in common
   * @param own tokens of each
   */
  SharedRecords(EngineModel model, int shared, int own, Random random) {
    this.model = model;
    this.shared = shared;
    this.own = own;
    this.random = random;
  }

  /** Prompt tokens of all records. */
  int tokens() {
    return RECORDS * (shared + own);
  }

  /**
   * Takes in records of a beginning that was never there before.
   *
   * @param sharing whether they share it
   * @return nanoseconds
   */
  long run(boolean sharing) {
    PrefixCache prefixes = new PrefixCache("bench", EngineModel.PAGE_TOKENS);
    prefixes.growTo(tokens() / EngineModel.PAGE_TOKENS);
    Deque<int[]> waiting = new ArrayDeque<>(prompts());
    Optional<String> salt = sharing ? Optional.of("all") : Optional.empty();
    Semaphore signals = new Semaphore(0);
    try (Engine engine = new Engine("bench", this::pass, () -> false)) {
      long start = System.nanoTime();
      EngineClient client = engine.join(LIMITS, signals::release);
      for (int left = RECORDS; left > 0; ) {
        while (!waiting.isEmpty() && client.tryTakePlace()) {
          client.start(sequence(waiting.remove(), prefixes, salt));
        }
        signals.acquireUninterruptibly();
        for (Progress progress : client.take()) {
          switch (progress) {
            case Progress.Advanced advanced -> {
              if (advanced.ended()) {
                advanced.sequence().cache().close();
                left--;
              }
            }
            case Progress.Cancelled(Sequence sequence) -> sequence.cache().close();
            case Progress.Failed(Throwable cause) ->
                throw new IllegalStateException("a pass has failed", cause);
          }
        }
      }
      long nanos = System.nanoTime() - start;
      client.close(prefixes::clear);
      return nanos;
    }
  }

  private List<int[]> prompts() {
    int[] beginning = tokens(shared).toArray();
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      prompts.add(IntStream.concat(IntStream.of(beginning), tokens(own)).toArray());
    }
    return prompts;
  }

  private IntStream tokens(int count) {
    return random.ints(count, 0, model.config().vocabularySize());
  }

  private Sequence sequence(int[] prompt, PrefixCache prefixes, Optional<String> salt) {
    KvCache cache = model.newCache();
    cache.reportNothing();
    cache.shareIn(prefixes, salt);
    return Scoring.next(cache, prompt, new int[] {0});
  }

  private List<Pass.Outcome> pass(Pass pass) {
    Logits logits = model.forward(pass.inputs());
    List<Pass.Outcome> outcomes = new ArrayList<>();
    int row = 0;
    for (Pass.Part part : pass.parts()) {
      int rows = part.input().logitRows();
      if (rows > 0) {
        part.sequence().accept(logits, row, rows);
        row += rows;
      }
      outcomes.add(new Pass.Outcome.Done(List.of(), List.of()));
    }
    return outcomes;
  }
}
