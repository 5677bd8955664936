package io.flinkmistral.engine;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.engine.batch.Progress;
import io.flinkmistral.generation.Completion;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.Piece;
import io.flinkmistral.generation.Scoring;
import io.flinkmistral.generation.Sequence;
import java.util.ArrayList;
import java.util.Arrays;
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

  /** The sequence that it begins with, on an empty cache. */
  Sequence begin(KvCache cache);

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

  /** An answer. */
  final class OfCompletion implements StatelessTask<Completion> {
    private final CompletableFuture<Completion> future = new CompletableFuture<>();
    private final Function<KvCache, Generation> begin;
    private final Consumer<Piece> pieces;
    private Generation generation;
    private Optional<Completion> completion = Optional.empty();

    OfCompletion(Function<KvCache, Generation> begin, Consumer<Piece> pieces) {
      this.begin = begin;
      this.pieces = pieces;
    }

    @Override
    public CompletableFuture<Completion> future() {
      return future;
    }

    @Override
    public Sequence begin(KvCache cache) {
      generation = begin.apply(cache);
      return generation;
    }

    @Override
    public void advanced(Progress.Advanced progress, Consumer<Sequence> more) {
      progress.drawn().forEach(drawn -> completion = drawn.completion());
    }

    @Override
    public Optional<Completion> result() {
      return completion;
    }

    @Override
    public void tell(Progress.Advanced progress) {
      progress.drawn().forEach(drawn -> drawn.piece().ifPresent(pieces));
      if (progress.ended()) {
        generation.failure().ifPresent(future::completeExceptionally);
      }
    }
  }

  /**
   * Scores of continuations of one prompt, which is taken in once. Its last logits tell of each
   * continuation's first token; longer ones go on with a branch of its cache.
   */
  final class OfScores implements StatelessTask<List<double[]>> {
    private final CompletableFuture<List<double[]>> future = new CompletableFuture<>();
    private final int[] prompt;
    private final List<int[]> continuations;
    private final List<double[]> scores = new ArrayList<>();
    private final Map<Scoring, Integer> branches = new HashMap<>();
    private Optional<Scoring> ofPrompt = Optional.empty();

    OfScores(int[] prompt, List<int[]> continuations) {
      this.prompt = prompt.clone();
      this.continuations = continuations.stream().map(int[]::clone).toList();
    }

    @Override
    public CompletableFuture<List<double[]>> future() {
      return future;
    }

    @Override
    public Sequence begin(KvCache cache) {
      int[] firsts = continuations.stream().mapToInt(tokens -> tokens[0]).toArray();
      Scoring scoring = Scoring.next(cache, prompt, firsts);
      ofPrompt = Optional.of(scoring);
      return scoring;
    }

    @Override
    public void advanced(Progress.Advanced progress, Consumer<Sequence> more) {
      if (!progress.ended()) {
        return;
      }
      Scoring ended = (Scoring) progress.sequence();
      if (ended == ofPrompt.orElseThrow()) {
        branchOff(ended, more);
        return;
      }
      int index = branches.remove(ended);
      double[] rest = ended.logProbabilities();
      double[] all = Arrays.copyOf(scores.get(index), rest.length + 1);
      System.arraycopy(rest, 0, all, 1, rest.length);
      scores.set(index, all);
    }

    private void branchOff(Scoring ended, Consumer<Sequence> more) {
      double[] firsts = ended.logProbabilities();
      for (int i = 0; i < firsts.length; i++) {
        scores.add(new double[] {firsts[i]});
        if (continuations.get(i).length > 1) {
          Scoring branch = Scoring.each(ended.cache().branch(), continuations.get(i));
          branches.put(branch, i);
          more.accept(branch);
        }
      }
    }

    @Override
    public Optional<List<double[]>> result() {
      return scores.isEmpty() || !branches.isEmpty() ? Optional.empty() : Optional.of(scores);
    }
  }
}
