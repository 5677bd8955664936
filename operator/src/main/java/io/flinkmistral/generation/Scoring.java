package io.flinkmistral.generation;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.sampling.LogSoftmax;
import java.util.Arrays;
import java.util.List;

/**
 * Asks how likely given tokens are after others, and draws none.
 *
 * <p>A log probability is that of the softmax over all logits of its position: {@code logit -
 * log(sum(exp(logits)))}, in double precision and in the order of the vocabulary, so that it is the
 * same in every batch.
 */
public final class Scoring implements Sequence {
  private final KnownTokens known;
  private final SequenceInput.Wanted wanted;
  private final List<int[]> candidates;
  private final double[][] logProbabilities;
  private int scored;

  private Scoring(
      KvCache cache, int[] tokens, SequenceInput.Wanted wanted, List<int[]> candidates) {
    this.known = new KnownTokens(cache, tokens);
    this.wanted = wanted;
    this.candidates = candidates.stream().map(int[]::clone).toList();
    this.logProbabilities = new double[candidates.size()][];
  }

  /**
   * How likely each of {@code next} is to follow {@code tokens}.
   *
   * @param tokens what the cache does not hold, at least one
   */
  public static Scoring next(KvCache cache, int[] tokens, int[] next) {
    return new Scoring(cache, tokens, SequenceInput.Wanted.LAST, List.of(next));
  }

  /**
   * How likely each of {@code tokens}, from the second one on, is to follow those before it.
   *
   * @param tokens what the cache does not hold, at least two
   */
  public static Scoring each(KvCache cache, int[] tokens) {
    List<int[]> second =
        Arrays.stream(tokens).skip(1).mapToObj(token -> new int[] {token}).toList();
    return along(cache, Arrays.copyOf(tokens, tokens.length - 1), second);
  }

  /**
   * How likely some tokens are to follow each of {@code tokens}.
   *
   * @param tokens what the cache does not hold, at least one
   * @param next for each of them, what may come after it
   */
  public static Scoring along(KvCache cache, int[] tokens, List<int[]> next) {
    return new Scoring(cache, tokens, SequenceInput.Wanted.ALL, next);
  }

  @Override
  public KvCache cache() {
    return known.cache();
  }

  @Override
  public int pendingTokens() {
    return known.pending();
  }

  @Override
  public SequenceInput nextInput(int atMost) {
    int[] next = known.next(atMost);
    boolean some = wanted == SequenceInput.Wanted.ALL || next.length == pendingTokens();
    return new SequenceInput(known.cache(), next, some ? wanted : SequenceInput.Wanted.NONE);
  }

  @Override
  public List<Drawn> accept(Logits logits, int row, int rows) {
    for (int i = 0; i < rows; i++) {
      logProbabilities[scored] = logProbabilities(logits, row + i, candidates.get(scored));
      scored++;
    }
    return List.of();
  }

  private static double[] logProbabilities(Logits logits, int row, int[] candidates) {
    int from = logits.offset(row);
    double normalizer = LogSoftmax.normalizer(logits.values(), from, logits.vocabularySize());
    return Arrays.stream(candidates)
        .mapToDouble(token -> logits.values()[from + token] - normalizer)
        .toArray();
  }

  @Override
  public boolean hasEnded() {
    return scored == candidates.size();
  }

  /** Natural logarithms of the probabilities, in the order of the tokens; when it has ended. */
  public double[] logProbabilities() {
    if (!hasEnded()) {
      throw new IllegalStateException(
          "%d of %d positions are scored".formatted(scored, candidates.size()));
    }
    return Arrays.stream(logProbabilities).flatMapToDouble(Arrays::stream).toArray();
  }
}
