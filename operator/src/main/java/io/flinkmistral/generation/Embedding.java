package io.flinkmistral.generation;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.model.pass.HiddenStates;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import java.util.List;

/**
 * Makes one vector of tokens, and draws none: of their hidden states after the last layer and the
 * norm before the output, scaled to length 1.
 *
 * <p>Sums are in double precision and in the order of the tokens, so that they are the same in
 * every batch.
 */
public final class Embedding implements Sequence {
  private final KnownTokens known;
  private final Pooling pooling;
  private final double[] sums;
  private int taken;

  /** Which hidden states make the vector. */
  public enum Pooling {
    /** The mean of all tokens', BOS included. */
    MEAN,
    /** The last token's. */
    LAST;

    private int tokens(int all) {
      return switch (this) {
        case MEAN -> all;
        case LAST -> 1;
      };
    }
  }

  /**
   * @param cache an empty one
   * @param tokens at least one
   * @param dim numbers in a hidden state
   */
  public Embedding(KvCache cache, int[] tokens, Pooling pooling, int dim) {
    this.known = new KnownTokens(cache, tokens);
    this.pooling = pooling;
    this.sums = new double[dim];
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
    SequenceInput.Wanted wanted =
        switch (pooling) {
          case MEAN -> SequenceInput.Wanted.ALL_HIDDEN;
          case LAST ->
              next.length == pendingTokens()
                  ? SequenceInput.Wanted.LAST_HIDDEN
                  : SequenceInput.Wanted.NONE;
        };
    return new SequenceInput(known.cache(), next, wanted);
  }

  @Override
  public List<Drawn> accept(Logits logits, int row, int rows) {
    throw new IllegalStateException("an embedding wants no logits");
  }

  @Override
  public void accept(HiddenStates hidden, int row, int rows) {
    for (int i = 0; i < rows; i++) {
      int offset = hidden.offset(row + i);
      for (int d = 0; d < sums.length; d++) {
        sums[d] += hidden.values()[offset + d];
      }
    }
    taken += rows;
  }

  @Override
  public boolean hasEnded() {
    return taken == pooling.tokens(known.count());
  }

  /** The vector, of length 1; when it has ended. */
  public float[] vector() {
    if (!hasEnded()) {
      throw new IllegalStateException(
          "%d of %d tokens are taken in".formatted(taken, pooling.tokens(known.count())));
    }
    double squares = 0;
    for (double sum : sums) {
      squares += sum * sum;
    }
    double length = Math.sqrt(squares);
    float[] vector = new float[sums.length];
    for (int d = 0; d < vector.length; d++) {
      vector[d] = length == 0 ? 0 : (float) (sums[d] / length);
    }
    return vector;
  }
}
