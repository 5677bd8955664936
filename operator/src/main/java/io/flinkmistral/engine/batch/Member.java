package io.flinkmistral.engine.batch;

import io.flinkmistral.generation.Sequence;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a batch knows of a client. Guarded by the batch, but for {@link #signal}. */
final class Member {

  /** So many passes may have come that the client has not taken. */
  private static final int MOST_PASSES_AHEAD = 16;

  /** Or so many tokens, whose full pages wait on the heap: at 7B 64 MB. */
  private static final int MOST_TOKENS_AHEAD = 512;

  private final BatchLimits limits;
  private final Runnable signal;
  private final Set<Sequence> live = new LinkedHashSet<>();
  private final Set<Sequence> cancelled = new LinkedHashSet<>();
  private List<Progress> come = new ArrayList<>();
  private int passesAhead;
  private int tokensAhead;
  private int heldPlaces;
  private int offeredPlaces;
  private boolean wantsPlace;
  private boolean gone;
  private Throwable failure;

  Member(BatchLimits limits, Runnable signal) {
    this.limits = limits;
    this.signal = signal;
  }

  BatchLimits limits() {
    return limits;
  }

  /** Its sequences in the batch, in the order in which they came. */
  Collection<Sequence> live() {
    return live;
  }

  /** Whether it takes what has come: one that does not has no part in passes. */
  boolean isAwake() {
    return passesAhead < MOST_PASSES_AHEAD && tokensAhead < MOST_TOKENS_AHEAD;
  }

  /**
   * Tokens that its sequences may take over from others now, where it is told of their pages, which
   * wait on the heap like those that a pass fills. They leave it room for passes.
   */
  int mayShare() {
    return MOST_TOKENS_AHEAD / 2 - tokensAhead;
  }

  /** Whether sequences of its can be in the batch. */
  boolean isIn() {
    return failure == null && !gone;
  }

  int places() {
    return live.size() + heldPlaces + offeredPlaces;
  }

  boolean wantsPlace() {
    return wantsPlace;
  }

  /** A place is kept for it. */
  void offerPlace() {
    wantsPlace = false;
    offeredPlaces++;
  }

  /** Takes a place that was offered, or one that is free. */
  boolean takePlace(boolean free) {
    boolean taken = isIn() && (offeredPlaces > 0 || free);
    if (taken) {
      heldPlaces++;
      offeredPlaces = Math.max(0, offeredPlaces - 1);
    }
    wantsPlace = isIn() && !taken;
    return taken;
  }

  void givePlaceBack() {
    usePlace();
    wantsPlace = false;
  }

  /** It needs none of those that are kept for it, nor another one. */
  void wantNoPlace() {
    wantsPlace = false;
    offeredPlaces = 0;
  }

  void start(Sequence sequence) {
    usePlace();
    live.add(sequence);
  }

  private void usePlace() {
    if (heldPlaces < 1) {
      throw new IllegalStateException("a place in the batch was not taken before");
    }
    heldPlaces--;
  }

  /**
   * Its sequence is to leave.
   *
   * @param now whether no pass reads it; else it leaves with the end of that pass
   */
  void cancel(Sequence sequence, boolean now) {
    if (!live.contains(sequence)) {
      return;
    }
    if (now) {
      removeCancelled(sequence);
    } else {
      cancelled.add(sequence);
    }
  }

  /** A pass of its is over. */
  void passed(List<Progress.Advanced> progress) {
    come.addAll(progress);
    passesAhead++;
    for (Progress.Advanced advanced : progress) {
      tokensAhead += advanced.tokens();
      if (advanced.ended()) {
        live.remove(advanced.sequence());
        cancelled.remove(advanced.sequence());
      }
    }
    cancelled.forEach(this::removeCancelled);
    cancelled.clear();
  }

  private void removeCancelled(Sequence sequence) {
    live.remove(sequence);
    come.add(new Progress.Cancelled(sequence));
  }

  void failed(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
    leaveAll();
  }

  List<Progress> take() {
    List<Progress> taken = come;
    come = new ArrayList<>();
    passesAhead = 0;
    tokensAhead = 0;
    if (failure != null) {
      taken.add(new Progress.Failed(failure));
    }
    return taken;
  }

  void leave() {
    gone = true;
    leaveAll();
    come.clear();
  }

  private void leaveAll() {
    live.clear();
    cancelled.clear();
    heldPlaces = 0;
    offeredPlaces = 0;
    wantsPlace = false;
  }

  /** Tells the client to look. Not under the batch's lock. */
  void signal() {
    try {
      signal.run();
    } catch (Throwable cause) { // An error in here must not end the engine's thread.
      Engine.say("a client of the model could not be told to look", cause);
    }
  }
}
