package io.flinkmistral.engine.batch;

import io.flinkmistral.generation.Sequence;
import java.util.List;

/**
 * One who has sequences decoded: a slot, or a caller that keeps no conversations. Its methods
 * return at once, and are for its own thread.
 *
 * <p>It takes a place in the batch, starts a sequence on it, and is signalled when something has
 * come of its sequences or when a place may be had. Then it looks at all that there is: {@link
 * #take}, and {@link #tryTakePlace} if it wants one.
 *
 * <p>The engine goes on meanwhile, but not without end: a client that does not take what has come
 * is left out of passes, and holds up nobody else.
 */
public final class EngineClient {
  private final Batch batch;
  private final Member member;

  EngineClient(Batch batch, Member member) {
    this.batch = batch;
    this.member = member;
  }

  /**
   * Takes a place in the batch, if there is one. If not, the client wants one: it is signalled when
   * one is kept for it, which this method gives then; who has fewest places comes first. A client
   * that has wanted one and needs it no more says so: {@link #givePlaceBack}, {@link #wantNoPlace}.
   */
  public boolean tryTakePlace() {
    return batch.tryTakePlace(member);
  }

  /** Gives back a place that was taken and that it does not need, and wants no other one now. */
  public void givePlaceBack() {
    batch.givePlaceBack(member);
  }

  /** It needs no place that may be kept for it. */
  public void wantNoPlace() {
    batch.wantNoPlace(member);
  }

  /**
   * Starts a sequence on a place that was taken. It is the engine's, and so is its cache, until
   * {@link Progress} says that it has ended or left.
   */
  public void start(Sequence sequence) {
    batch.start(member, sequence);
  }

  /** A sequence is to leave; {@link Progress} says when it has, if it has not ended before. */
  public void cancel(Sequence sequence) {
    batch.cancel(member, sequence);
  }

  /** All that has come since the last call. */
  public List<Progress> take() {
    return batch.take(member);
  }

  /**
   * All its sequences leave at once, and it is told nothing more. What was not taken is dropped.
   *
   * @param whenLeft is run when no pass reads their caches any more, here or on the engine's thread
   */
  public void close(Runnable whenLeft) {
    batch.leave(member, whenLeft);
  }
}
