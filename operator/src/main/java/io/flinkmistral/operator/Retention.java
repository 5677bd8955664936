package io.flinkmistral.operator;

import io.flinkmistral.mailbox.Mails;
import io.flinkmistral.operator.options.KvRetention;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * Which conversations have pages of keys and values in state while they have no requests: those
 * that were used lately, up to a number of bytes. The others keep their tokens. Their next turn
 * computes keys and values anew, which are the same: so it takes longer and says the same words.
 *
 * <p>When a conversation was answered last is in its header. Of those with pages it is in memory,
 * too, in the order of their use, which may also be that a fork began with them; after a restart it
 * is read from state, some of them in each mail. A conversation with requests keeps its pages, and
 * is none of these.
 */
final class Retention {
  /** Conversations that a mail looks at: some milliseconds. */
  private static final int MOST_A_MAIL = 200;

  /** Pages at which a mail drops those of no more conversations: some milliseconds. */
  private static final int MOST_PAGES_A_MAIL = 1000;

  /** When a conversation was used; the numbers tell apart what was used at the same time. */
  private record Use(long millis, long number) implements Comparable<Use> {
    @Override
    public int compareTo(Use other) {
      int byTime = Long.compare(millis, other.millis);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  private record Idle(Use use, long bytes) {}

  private final KvRetention limits;
  private final long pageBytes;
  private final ConversationState state;
  private final ProcessingTimeService time;
  private final Mails mails;
  private final Consumer<ConversationKey> dropped;
  private final Map<ConversationKey, Idle> idle = new HashMap<>();
  private final TreeMap<Use, ConversationKey> byUse = new TreeMap<>();
  private long bytes;
  private long nextNumber;
  private long drops;

  /** Whether a mail comes that drops more. */
  private boolean dropping;

  /** When the next timer comes; {@code Long.MAX_VALUE} where there is none. */
  private long timerMillis = Long.MAX_VALUE;

  /**
   * @param pageBytes bytes of a page
   * @param dropped is told of conversations whose pages are in state no longer: what was planned
   *     with them is void, and what memory holds of them must go
   */
  Retention(
      KvRetention limits,
      long pageBytes,
      ConversationState state,
      ProcessingTimeService time,
      Mails mails,
      Consumer<ConversationKey> dropped) {
    this.limits = limits;
    this.pageBytes = pageBytes;
    this.state = state;
    this.time = time;
    this.mails = mails;
    this.dropped = dropped;
  }

  /** Bytes of pages that conversations without requests have in state. */
  long bytes() {
    return bytes;
  }

  /** Conversations whose pages have gone so far. */
  long drops() {
    return drops;
  }

  /** A request has come in: the conversation is no longer idle. */
  void busy(ConversationKey key) {
    Idle before = idle.remove(key);
    if (before != null) {
      byUse.remove(before.use());
      bytes -= before.bytes();
    }
  }

  /** The conversation is no more. */
  void forgotten(ConversationKey key) {
    busy(key);
  }

  /** The conversation was used just now, and has no requests left. */
  void used(Conversation conversation) throws Exception {
    if (!limits.keepsAny()) {
      forgetPages(conversation);
      return;
    }
    add(conversation.key(), conversation.header(), time.getCurrentProcessingTime());
    dropSome();
  }

  /** A turn is over, and others follow: what keeps no pages in state begins each of them alike. */
  void turnEnded(Conversation conversation) throws Exception {
    if (!limits.keepsAny() && conversation.turnInFlight().isEmpty()) {
      forgetPages(conversation);
    }
  }

  /** Another conversation has begun with this one's pages. */
  void read(ConversationKey key) throws Exception {
    if (idle.containsKey(key)) {
      add(key, state.of(key).header(), time.getCurrentProcessingTime());
    }
  }

  /** After a restart: finds those of the conversations that have pages. */
  void find(List<ConversationKey> all) {
    look(all.iterator());
  }

  private void look(Iterator<ConversationKey> keys) {
    if (keys.hasNext()) {
      mails.post(
          "look for pages of idle conversations",
          () -> {
            for (int i = 0; i < MOST_A_MAIL && keys.hasNext(); i++) {
              look(state.of(keys.next()));
            }
            dropSome();
            look(keys);
          });
    }
  }

  private void look(Conversation conversation) throws Exception {
    ConversationHeader header = conversation.header();
    if (header.queued() > 0 || idle.containsKey(conversation.key())) {
      return;
    }
    if (!limits.keepsAny()) {
      forgetPages(conversation);
      return;
    }
    long now = time.getCurrentProcessingTime();
    add(conversation.key(), header, header.idleSince() == 0 ? now : header.idleSince());
  }

  private void add(ConversationKey key, ConversationHeader header, long since) {
    busy(key);
    long pages = (long) header.endPage() - header.firstPage();
    if (pages > 0) {
      Use use = new Use(since, nextNumber++);
      idle.put(key, new Idle(use, pages * pageBytes));
      byUse.put(use, key);
      bytes += pages * pageBytes;
    }
  }

  /** Drops what is too much or too old; the rest of it in other mails, where that is much. */
  private void dropSome() throws Exception {
    if (dropping) {
      return;
    }
    for (long pages = 0; isTooMuch(); ) {
      if (pages >= MOST_PAGES_A_MAIL) {
        dropping = true;
        mails.post(
            "drop pages of idle conversations",
            () -> {
              dropping = false;
              dropSome();
            });
        return;
      }
      pages += idle.get(byUse.firstEntry().getValue()).bytes() / pageBytes;
      drop(byUse.firstEntry().getValue());
    }
    setTimer();
  }

  private boolean isTooMuch() {
    return bytes > limits.stateBytes() || due() <= time.getCurrentProcessingTime();
  }

  private void drop(ConversationKey key) throws Exception {
    busy(key);
    state.of(key).restartPages("", 0);
    drops++;
    dropped.accept(key);
  }

  /** What memory holds may stay: nothing of it ever goes to state. */
  private static void forgetPages(Conversation conversation) throws Exception {
    if (!conversation.header().kv().isEmpty()) {
      conversation.restartPages("", 0);
    }
  }

  private long due() {
    return byUse.isEmpty() ? Long.MAX_VALUE : byUse.firstKey().millis() + limits.millis();
  }

  /** One that comes too early sets the next one; a later one may come for nothing. */
  private void setTimer() {
    long next = due();
    if (next < timerMillis) {
      timerMillis = next;
      time.registerTimer(
          next,
          _ -> {
            if (timerMillis == next) {
              timerMillis = Long.MAX_VALUE;
            }
            dropSome();
          });
    }
  }
}
