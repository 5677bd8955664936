package io.flinkmistral.operator;

import java.time.Duration;
import java.util.function.Consumer;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.InternalTimerService;

/**
 * Forgets conversations that nobody has used for a while. A timer for each conversation, and not
 * Flink's TTL of state: that counts each value for itself, and pages, which are written once, would
 * go before the history that they belong to.
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
  private final Consumer<ConversationKey> forgotten;
  private final boolean restored;
  private final long openedMillis;

  /**
   * @param ttlMillis of conversations whose requests say nothing of it; 0 for never
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
    this.forgotten = forgotten;
    this.restored = restored;
    this.openedMillis = timers.currentProcessingTime();
  }

  /** A timer has come. */
  void onTimer(ConversationKey key, long timer) throws Exception {
    Conversation conversation = state.of(key);
    if (!isDue(conversation, timer, forks.isPending(key) || fence.holds(key))) {
      return;
    }
    if (!fence.isNeeded() || conversation.header().expired()) {
      forget(conversation);
      return;
    }
    conversation.markExpired();
    // Should a restart come before the checkpoint.
    lookAgain(conversation, timers.currentProcessingTime(), 0);
    fence.decided(key, conversation.header().queueEnd());
  }

  /** Where a complete checkpoint holds that the conversation has expired, it goes. */
  void forgetIfExpired(Conversation conversation) throws Exception {
    if (conversation.header().expired() && !fence.holds(conversation.key())) {
      forget(conversation);
    }
  }

  /** It has no requests, and is to go now, whenever it was used. */
  void forgetNow(Conversation conversation) throws Exception {
    deleteTimer(conversation);
    conversation.clearButQueue();
  }

  private void deleteTimer(Conversation conversation) throws Exception {
    long timer = conversation.header().expiryTimer();
    if (timer != 0) {
      conversation.makeCurrent();
      timers.deleteProcessingTimeTimer(VoidNamespace.INSTANCE, timer);
    }
  }

  private void forget(Conversation conversation) throws Exception {
    deleteTimer(conversation); // Else it would stay as long again as the conversation has.
    if (conversation.header().queued() == 0) {
      conversation.clear();
    } else {
      conversation.clearButQueue();
    }
    forgotten.accept(conversation.key());
  }

  /** The conversation was used just now, and has no requests left. */
  void used(Conversation conversation) throws Exception {
    long now = timers.currentProcessingTime();
    long timer = conversation.header().expiryTimer();
    if (ttlMillis(conversation.header()) > 0) {
      lookAgain(conversation, now, timer);
    } else {
      conversation.markIdle(now, timer);
    }
  }

  /**
   * The conversation may be of a time when there was another time to live, or none: it is looked
   * after from now on. Where it is not known since when it is idle, that is now.
   */
  void lookAfter(Conversation conversation) throws Exception {
    ConversationHeader header = conversation.header();
    if (ttlMillis(header) > 0 && header.queued() == 0) {
      long since = header.idleSince() == 0 ? timers.currentProcessingTime() : header.idleSince();
      lookAgain(conversation, since, header.expiryTimer());
    }
  }

  /** One timer is enough: when it comes too early, it sets the next one. */
  private void lookAgain(Conversation conversation, long idleSince, long timer) throws Exception {
    long due = due(idleSince, ttlMillis(conversation.header()));
    boolean set = timer == 0 || timer > due;
    if (set) {
      conversation.makeCurrent();
      timers.registerProcessingTimeTimer(VoidNamespace.INSTANCE, due);
    }
    conversation.markIdle(idleSince, set ? due : timer);
  }

  /**
   * Whether the conversation is to be forgotten now.
   *
   * @param inUse whether something still depends on it
   */
  private boolean isDue(Conversation conversation, long timer, boolean inUse) throws Exception {
    ConversationHeader header = conversation.header();
    if (header.expiryTimer() != timer) {
      return false; // One that was replaced.
    }
    if (ttlMillis(header) == 0 || header.queued() > 0) {
      conversation.markIdle(header.idleSince(), 0); // The end of the queue sets the next one.
      return false;
    }
    long now = timers.currentProcessingTime();
    long idleSince = inUse ? now : header.idleSince();
    boolean due = due(idleSince, ttlMillis(header)) <= now;
    if (!due) {
      lookAgain(conversation, idleSince, 0);
    }
    return due;
  }

  private long due(long idleSince, long ttl) {
    long due = idleSince > Long.MAX_VALUE - ttl ? Long.MAX_VALUE : idleSince + ttl;
    return restored ? Math.max(due, openedMillis + Math.min(ttl, REPLAY_MILLIS)) : due;
  }

  /** Its newest request says, or the option. */
  private long ttlMillis(ConversationHeader header) {
    return header.ttlMillis() > 0 ? header.ttlMillis() : ttlMillis;
  }
}
