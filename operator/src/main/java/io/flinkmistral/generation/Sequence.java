package io.flinkmistral.generation;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.model.pass.HiddenStates;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import java.util.List;

/**
 * What takes part in forward passes until it has ended: tokens that are known and that the model
 * has not taken in, and what is made of its logits.
 *
 * <p>Owned by one thread at a time. From when it has joined a batch until it has left that is the
 * batch's.
 */
public sealed interface Sequence permits Prefill, Generation, Scoring, LogitRows, Embedding {
  /** What the model has taken in. */
  KvCache cache();

  /**
   * How many known tokens the cache does not hold yet: 1 while an answer is being written, but for
   * tokens that had to follow.
   */
  int pendingTokens();

  /**
   * The next tokens for the model.
   *
   * @param atMost how many, at least 1
   */
  SequenceInput nextInput(int atMost);

  /**
   * Takes in what it wanted of a pass's logits.
   *
   * @param row the first of its rows
   * @param rows how many there are
   * @return the token that was drawn from them, if it draws any, and those that had to follow it
   */
  List<Drawn> accept(Logits logits, int row, int rows);

  /** Takes in what it wanted of a pass's hidden states; the same for these. */
  default void accept(HiddenStates hidden, int row, int rows) {}

  /** Whether it takes part in no more passes. */
  boolean hasEnded();
}
