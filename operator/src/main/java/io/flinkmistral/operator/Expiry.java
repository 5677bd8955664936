package io.flinkmistral.operator;

import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.InternalTimerService;

/**
 * Forgets conversations that nobody has used for a while. A timer for each conversation, and not
 * Flink's TTL of state: that counts each value for itself, and pages, which are written once, would
 * go before the history that they belong to. Each method speaks of the selected conversation.
 */
final class Expiry {
  private final long ttlMillis;
  private final InternalTimerService<VoidNamespace> timers;
  private final ConversationState state;

  /**
   * @param ttlMillis 0 for never
   */
  Expiry(long ttlMillis, InternalTimerService<VoidNamespace> timers, ConversationState state) {
    this.ttlMillis = ttlMillis;
    this.timers = timers;
    this.state = state;
  }

  /** The conversation was used just now, and has no requests left. */
  void used() throws Exception {
    if (ttlMillis > 0) {
      long now = timers.currentProcessingTime();
      lookAgain(now, state.header().expiryTimer());
    }
  }

  /** One timer is enough: when it comes too early, it sets the next one. */
  private void lookAgain(long idleSince, long timer) throws Exception {
    long due = Math.addExact(idleSince, ttlMillis);
    boolean set = timer == 0 || timer > due;
    if (set) {
      timers.registerProcessingTimeTimer(VoidNamespace.INSTANCE, due);
    }
    state.markIdle(idleSince, set ? due : timer);
  }

  /**
   * A timer has come; whether the conversation is to be forgotten now.
   *
   * @param inUse whether others still depend on it
   */
  boolean isDue(long timer, boolean inUse) throws Exception {
    ConversationHeader header = state.header();
    if (header.expiryTimer() != timer) {
      return false; // One that was replaced.
    }
    if (ttlMillis == 0 || header.queued() > 0) {
      state.markIdle(header.idleSince(), 0); // The end of the queue sets the next one.
      return false;
    }
    long now = timers.currentProcessingTime();
    long idleSince = inUse ? now : header.idleSince();
    boolean due = idleSince + ttlMillis <= now;
    if (!due) {
      lookAgain(idleSince, 0);
    }
    return due;
  }
}
