package io.flinkmistral.engine;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.engine.batch.Progress;
import io.flinkmistral.generation.Choices;
import io.flinkmistral.generation.Embedding;
import io.flinkmistral.generation.LogitRows;
import io.flinkmistral.generation.Scoring;
import io.flinkmistral.generation.Sequence;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.generation.text.Piece;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What a caller has asked for, and how far it has come.
 *
 * @param <R> what it gives
 */
sealed interface StatelessTask<R> {
  CompletableFuture<R> future();

  /**
   * Begins on an empty cache.
   *
   * @param more takes the sequences that it begins with, at least one
   */
  void begin(KvCache cache, Consumer<Sequence> more);

  /**
   * Something has come of one of its sequences.
   *
   * @param more takes each sequence that it goes on with as soon as there is one, so that its cache
   *     has an owner whatever becomes of the next
   */
  void advanced(Progress.Advanced progress, Consumer<Sequence> more);

  /** What it gives, when nothing more will come. */
  Optional<R> result();

  /** Whoever listens is told, outside of any lock. */
  default void tell(Progress.Advanced progress) {}

  /** Answers to a request. */
  final class OfCompletion implements StatelessTask<Completion> {
    private final CompletableFuture<Completion> future;
    private final Function<KvCache, Choices> begin;
    private final Consumer<Piece> pieces;
    private final int droppedTurns;
    private Choices choices;

    /**
     * @param future of the answer
     * @param droppedTurns that made way for it
     */
    OfCompletion(
        CompletableFuture<Completion> future,
        Function<KvCache, Choices> begin,
        Consumer<Piece> pieces,
        int droppedTurns) {
      this.future = future;
      this.begin = begin;
      this.pieces = pieces;
      this.droppedTurns = droppedTurns;
    }

    @Override
    public CompletableFuture<Completion> future() {
      return future;
    }

    @Override
    public void begin(KvCache cache, Consumer<Sequence> more) {
      choices = begin.apply(cache);
      choices.begin(more);
    }

    @Override
    public void advanced(Progress.Advanced progress, Consumer<Sequence> more) {
      if (progress.ended()) {
        choices.ended(progress.sequence(), more);
      }
    }

    @Override
    public Optional<Completion> result() {
      return choices.areOver() && choices.failure().isEmpty()
          ? Optional.of(choices.completion().withDroppedTurns(droppedTurns))
          : Optional.empty();
    }

    @Override
    public void tell(Progress.Advanced progress) {
      progress.drawn().forEach(drawn -> drawn.piece().ifPresent(pieces));
      if (choices.areOver()) {
        choices.failure().ifPresent(future::completeExceptionally);
      }
    }
  }

  /** A vector. */
  final class OfEmbedding implements StatelessTask<float[]> {
    private final CompletableFuture<float[]> future = new CompletableFuture<>();
    private final Function<KvCache, Embedding> begin;
    private Optional<float[]> vector = Optional.empty();

    OfEmbedding(Function<KvCache, Embedding> begin) {
      this.begin = begin;
    }

    @Override
    public CompletableFuture<float[]> future() {
      return future;
    }

    @Override
    public void begin(KvCache cache, Consumer<Sequence> more) {
      more.accept(begin.apply(cache));
    }

    @Override
    public void advanced(Progress.Advanced progress, Consumer<Sequence> more) {
      if (progress.ended()) {
        vector = Optional.of(((Embedding) progress.sequence()).vector());
      }
    }

    @Override
    public Optional<float[]> result() {
      return vector;
    }
  }

  /** Logits behind tokens. */
  final class OfLogits implements StatelessTask<List<float[]>> {
    private final CompletableFuture<List<float[]>> future = new CompletableFuture<>();
    private final Function<KvCache, LogitRows> begin;
    private Optional<List<float[]>> rows = Optional.empty();

    OfLogits(Function<KvCache, LogitRows> begin) {
      this.begin = begin;
    }

    @Override
    public CompletableFuture<List<float[]>> future() {
      return future;
    }

    @Override
    public void begin(KvCache cache, Consumer<Sequence> more) {
      more.accept(begin.apply(cache));
    }

    @Override
    public void advanced(Progress.Advanced progress, Consumer<Sequence> more) {
      if (progress.ended()) {
        rows = Optional.of(((LogitRows) progress.sequence()).rows());
      }
    }

    @Override
    public Optional<List<float[]>> result() {
      return rows;
    }
  }

  /**
   * Scores of continuations of one prompt, which is taken in once. Its last logits tell of each
   * continuation's first token; longer ones go on with branches of its cache.
   */
  final class OfScores implements StatelessTask<List<double[]>> {
    private final CompletableFuture<List<double[]>> future = new CompletableFuture<>();
    private final int[] prompt;
    private final ContinuationTree tree;
    private final Map<Scoring, ContinuationTree.Run> runs = new HashMap<>();
    private boolean begun;

    OfScores(int[] prompt, ContinuationTree tree) {
      this.prompt = prompt.clone();
      this.tree = tree;
    }

    @Override
    public CompletableFuture<List<double[]>> future() {
      return future;
    }

    @Override
    public void begin(KvCache cache, Consumer<Sequence> more) {
      ContinuationTree.Run first = tree.first();
      Scoring scoring = Scoring.next(cache, prompt, first.candidates().getFirst());
      runs.put(scoring, first);
      begun = true;
      more.accept(scoring);
    }

    @Override
    public void advanced(Progress.Advanced progress, Consumer<Sequence> more) {
      if (progress.ended()) {
        Scoring ended = (Scoring) progress.sequence();
        runs.remove(ended)
            .scored(
                ended.logProbabilities(),
                run -> {
                  Scoring branch =
                      Scoring.along(ended.cache().branch(), run.tokens(), run.candidates());
                  runs.put(branch, run);
                  more.accept(branch);
                });
      }
    }

    @Override
    public Optional<List<double[]>> result() {
      return begun && runs.isEmpty() ? Optional.of(tree.scores()) : Optional.empty();
    }
  }
}
