package io.flinkmistral.operator;

import io.flinkmistral.mailbox.Mails;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a task finds in the state that it begins with, and goes on with. */
final class Resumption {
  private static final Logger LOG = LoggerFactory.getLogger(Resumption.class);

  private static final int LOOKS_A_MAIL = 1000;

  private final KeyedStateBackend<ConversationKey> backend;
  private final ConversationState state;
  private final Arrivals arrivals;
  private final Expiry expiry;
  private final Deadlines deadlines;
  private final LastPieces lastPieces;
  private final Turns turns;
  private final Mails mails;

  Resumption(
      KeyedStateBackend<ConversationKey> backend,
      ConversationState state,
      Arrivals arrivals,
      Expiry expiry,
      Deadlines deadlines,
      LastPieces lastPieces,
      Turns turns,
      Mails mails) {
    this.backend = backend;
    this.state = state;
    this.arrivals = arrivals;
    this.expiry = expiry;
    this.deadlines = deadlines;
    this.lastPieces = lastPieces;
    this.turns = turns;
    this.mails = mails;
  }

  /**
   * Finds the conversations that still have requests, or pieces to go out, and goes on with them.
   */
  void findUnfinished() throws Exception {
    try (Stream<?> any = allKeysIn(ConversationState.HEADER)) {
      any.findAny().ifPresent(ConversationKey::requireNew);
    }
    List<ConversationKey> keys = keysIn(ConversationState.QUEUE);
    for (ConversationKey key : keys) {
      arrivals.restore(key);
    }
    List<ConversationKey> unsaid = keysIn(ConversationState.LAST_PIECES);
    if (!unsaid.isEmpty()) {
      mails.post("send last pieces", () -> sendLastPieces(unsaid));
    }
    if (!keys.isEmpty()) {
      LOG.info("resuming {} conversations with unfinished requests", keys.size());
      mails.post("resume conversations", this::resume);
    }
  }

  private void sendLastPieces(List<ConversationKey> keys) throws Exception {
    for (ConversationKey key : keys) {
      lastPieces.restored(key);
    }
  }

  private void resume() throws Exception {
    deadlines.endOverdue(); // Before they begin.
    turns.work();
  }

  /** The time to live is another one than before: looks after all, a few of them a mail. */
  void lookAfterAll() throws Exception {
    lookAfter(keysIn(ConversationState.HEADER).iterator());
  }

  private void lookAfter(Iterator<ConversationKey> keys) throws Exception {
    for (int i = 0; i < LOOKS_A_MAIL && keys.hasNext(); i++) {
      expiry.lookAfter(state.of(keys.next()));
    }
    if (keys.hasNext()) {
      mails.post("look after conversations", () -> lookAfter(keys));
    }
  }

  /** Of those that are idle, some have pages in state. */
  void findPages(Retention retention) {
    retention.find(keysIn(ConversationState.HEADER));
  }

  private List<ConversationKey> keysIn(String stateName) {
    try (Stream<ConversationKey> keys = allKeysIn(stateName)) {
      return keys.distinct().toList();
    }
  }

  private Stream<ConversationKey> allKeysIn(String stateName) {
    return backend.getKeys(stateName, VoidNamespace.INSTANCE);
  }
}
