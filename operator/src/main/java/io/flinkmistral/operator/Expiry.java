package io.flinkmistral.operator;

import java.time.Duration;
import java.util.function.Consumer;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.InternalTimerService;

/**
 * Forgets conversations that nobody has used for a while. A timer for each conversation, and not
 * Flink's TTL of state: that counts each value for itself, and pages, which are written once, would
 * go before the history that they belong to. Methods without a key speak of the selected
 * conversation.
 */
final class Expiry {
  /**
   * For so long after a restart nothing expires, however long the job was down: a request that was
   * being answered before comes in again, and finds its conversation.
   */
  private static final long REPLAY_MILLIS = Duration.ofMinutes(10).toMillis();

  private final long ttlMillis;
  private final InternalTimerService<VoidNamespace> timers;
  private final ConversationState state;
  private final Forks forks;
  private final CheckpointFence fence;
  private final ConfirmedHeads heads;
  private final Consumer<ConversationKey> forgotten;
  private final long earliest;

  /**
   * @param ttlMillis 0 for never
   * @param restored whether there was an attempt before: what that one read is read again first
   * @param forgotten is told of conversations whose history is no more
   */
  Expiry(
      long ttlMillis,
      boolean restored,
      InternalTimerService<VoidNamespace> timers,
      ConversationState state,
      Forks forks,
      TimeDecisions decisions,
      Consumer<ConversationKey> forgotten) {
    this.ttlMillis = ttlMillis;
    this.timers = timers;
    this.state = state;
    this.forks = forks;
    this.fence = decisions.fence();
    this.heads = decisions.heads();
    this.forgotten = forgotten;
    this.earliest =
        restored ? timers.currentProcessingTime() + Math.min(ttlMillis, REPLAY_MILLIS) : 0;
  }

  /** A timer has come. */
  void onTimer(ConversationKey key, long timer) throws Exception {
    state.select(key);
    if (!isDue(timer, forks.isPending(key) || fence.holds(key))) {
      return;
    }
    if (!fence.isNeeded() || state.header().expired()) {
      forget(key);
      return;
    }
    state.markExpired();
    lookAgain(timers.currentProcessingTime(), 0); // Should a restart come before the checkpoint.
    fence.decided(key, state.header().queueEnd());
  }

  /** Where a complete checkpoint holds that the conversation has expired, it goes; selects it. */
  void forgetIfExpired(ConversationKey key) throws Exception {
    state.select(key);
    if (state.header().expired() && !fence.holds(key)) {
      forget(key);
    }
  }

  private void forget(ConversationKey key) throws Exception {
    if (state.header().queued() == 0) {
      state.clear();
      heads.forgotten(key);
    } else {
      state.clearButQueue();
    }
    forgotten.accept(key);
  }

  /** The conversation was used just now, and has no requests left. */
  void used() throws Exception {
    if (ttlMillis > 0) {
      long now = timers.currentProcessingTime();
      lookAgain(now, state.header().expiryTimer());
    }
  }

  /**
   * The conversation may be of a time when there was another time to live, or none: it is looked
   * after from now on. Where it is not known since when it is idle, that is now.
   */
  void lookAfter() throws Exception {
    ConversationHeader header = state.header();
    if (ttlMillis > 0 && header.queued() == 0) {
      long since = header.idleSince() == 0 ? timers.currentProcessingTime() : header.idleSince();
      lookAgain(since, header.expiryTimer());
    }
  }

  /** One timer is enough: when it comes too early, it sets the next one. */
  private void lookAgain(long idleSince, long timer) throws Exception {
    long due = due(idleSince);
    boolean set = timer == 0 || timer > due;
    if (set) {
      timers.registerProcessingTimeTimer(VoidNamespace.INSTANCE, due);
    }
    state.markIdle(idleSince, set ? due : timer);
  }

  /**
   * Whether the conversation is to be forgotten now.
   *
   * @param inUse whether something still depends on it
   */
  private boolean isDue(long timer, boolean inUse) throws Exception {
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
    boolean due = due(idleSince) <= now;
    if (!due) {
      lookAgain(idleSince, 0);
    }
    return due;
  }

  private long due(long idleSince) {
    return Math.max(Math.addExact(idleSince, ttlMillis), earliest);
  }
}
