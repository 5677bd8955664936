package io.flinkmistral.operator;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.api.common.typeutils.base.array.IntPrimitiveArraySerializer;

/**
 * All Flink state of the operator, and its only owner. What there is of one conversation is read
 * and written by its handle: {@link #of}.
 *
 * <pre>
 *   header       what there is in the other states, and since when it is idle
 *   queue        ticket -> request: arrived and not answered, tickets queueHead .. queueEnd - 1
 *   request-ids  of the requests answered last
 *   in-flight    the turn of the request at queueHead, as it was when it began or was resumed
 *   answer       tokens of its answer since then, one array a checkpoint
 *   logprobs     how likely the tokens of the answer so far were, where its request asks
 *   choices      the same of the request's other answers, from the turn's beginning on
 *   history      tokens of all ended turns, two arrays a turn: prompt, answer; the durable truth
 *   turn-kinds   what must be known of each ended turn before it is dropped; none of the oldest
 *                ones, where an earlier version wrote them
 *   pages        index -> keys and values of full pages, firstPage .. endPage - 1: the accelerator
 *   last-pieces  of answers that were ended before they were whole, until a checkpoint holds them
 *   ttl          of each subtask: the time to live that its conversations' timers are set by
 * </pre>
 *
 * <p>Pages are written once, when they are full, and never again; they may reach into the turn in
 * flight. The in-flight turn is written when it begins; a checkpoint adds the tokens that are new.
 *
 * <p><b>A worked example: a crash in mid-answer.</b> A conversation has a history of 40 tokens,
 * pages 0 and 1 (32 tokens; pages of 16), and a request with a prompt of 10 tokens.
 *
 * <ol>
 *   <li>The turn begins: pages 0 and 1 are read back, {@code in-flight = (prompt, cached 32)}. The
 *       tokens 32 to 49 are taken in; page 2 (tokens 32 to 47) is full and written.
 *   <li>20 tokens of the answer are drawn. Page 3 (48 to 63) is written on the way.
 *   <li>A checkpoint: {@code answer = [20 tokens]}. It holds pages 0 to 3.
 *   <li>15 more tokens are drawn, page 4 is written; the process dies.
 *   <li>Flink restores the checkpoint: 20 tokens and pages 0 to 3, which hold positions 0 to 63.
 *       The tokens 64 to 69 are taken in again, and the answer goes on with its 21st token. Since a
 *       token depends on nothing but the tokens before it and its index, it is the same as before
 *       the crash; {@code cached} is still 32.
 * </ol>
 *
 * <p><b>A worked example: three answers.</b> The request above asks for {@code n = 3}. Its prompt
 * ends at position 49; what it shares are the full pages 0 to 2, and the tokens 48 and 49 are in a
 * copy of page 3 of each answer.
 *
 * <ol>
 *   <li>The prompt is taken in up to token 48, and the three answers branch off there. Pages that
 *       the first one fills are written, since the conversation goes on with it.
 *   <li>A checkpoint: {@code answer} has the tokens of the first answer, {@code choices} those of
 *       the others.
 *   <li>After a crash pages 0 to 2 are read back, which is what all three share. What each has
 *       drawn is taken in again, and each goes on with its next token. Pages that were written of
 *       the first answer are dropped, and written again.
 *   <li>With a window, pages that the prompt's end sees stay until all answers are whole, even
 *       where the first one sees them no more.
 * </ol>
 *
 * <p><b>A worked example: another model.</b> The checkpoint above is restored with other weights.
 * The answer so far is not theirs: its 20 tokens and all pages are dropped, the request's prompt is
 * made anew and follows the 40 tokens of the history, and the answer begins with its first token.
 * With another tokenizer these 40 tokens say something else, so the request is refused. With the
 * same model and other limits, the answer ends where it would have ended without the restore, since
 * {@code in-flight} has the limits that it began with.
 *
 * <p><b>A worked example: rescaling.</b> All states of a conversation are under its key and move
 * together with its key group. The new owner finds its unfinished conversations with {@code
 * getKeys} on the queue, and does with each what the fifth step above says.
 *
 * <p><b>A worked example: eviction.</b> The answer above ends with 90 tokens in all, 89 of which
 * were taken in. Pages 0 to 4 are in state; memory holds them and nine tokens of page 5, and keeps
 * them as long as no other conversation needs the room.
 *
 * <ol>
 *   <li>If the next turn comes before that, it takes in the 90th token and what follows.
 *   <li>If another conversation needs the room first, the six pages go, and nothing is written: the
 *       next turn reads pages 0 to 4 back and takes in token 80 and what follows.
 *   <li>Either way the same numbers are computed, and {@code cached} is 80: what state holds.
 *   <li>If nobody uses the conversation for as long as {@link Retention} says, or too many others
 *       were used since, the pages go from state and memory. The next turn takes in all tokens
 *       again, which gives the same numbers, and {@code cached} is 0.
 * </ol>
 *
 * <p><b>A worked example: a fork.</b> {@code c~b} is to branch off from {@code c} at turn 2. Both
 * keys have the hash code of their root {@code c} and so are in one key group: see {@link
 * ConversationKey}.
 *
 * <ol>
 *   <li>The request comes in while turn 2 of {@code c}, ticket 1, is being answered. It is queued
 *       under {@code c~b} with {@code sourceEnd = 2}, and waits until {@code c} has {@code
 *       queueHead >= 2}. What comes to {@code c} later waits in turn until the fork is made, and so
 *       has no influence on it.
 *   <li>Turn 2 ends. When it is the fork's turn, history and pages are copied from {@code c} to
 *       {@code c~b} between two records, and its own turn is in flight. A checkpoint has all of
 *       that or nothing.
 *   <li>A crash before the next checkpoint: the request is in the queue as in the first step, or in
 *       Kafka. A rescaling: the key group moves with both conversations.
 *   <li>From then on they have nothing in common: each can be reset, forked, or expire by itself.
 * </ol>
 *
 * <p><b>A worked example: expiry.</b> With a time to live of one hour, the last request of a
 * conversation is answered at 10:00: {@code idleSince = 10:00}, and a timer is set to 11:00. At
 * 10:40 it answers another one: {@code idleSince = 10:40}, the timer stays. At 11:00 it is not
 * expired, and the timer is set again, to 11:40. Then nothing is queued and nothing was used since
 * 10:40: the header says {@code expired}. When a checkpoint that holds this is complete, all states
 * of the key are cleared at once, and with them what memory holds. A request that comes before
 * 11:40 finds the conversation; one that comes after waits for that checkpoint, if it must, and
 * begins a new one. After a crash in between it is the same, or nobody has seen anything: see
 * {@link CheckpointFence}.
 *
 * <p><b>A worked example: a cancelled answer.</b> Checkpoint 5 has 20 tokens of an answer, ticket
 * 3; tickets 4 and 5 wait. After 28 tokens its cancellation is read.
 *
 * <ol>
 *   <li>At once the history gets the prompt, the 28 tokens and EOS, ticket 3 leaves the queue, and
 *       the answer with the text of 28 tokens is emitted: sinks write it with checkpoint 6. The
 *       last piece, of token 28, goes to {@code last-pieces}. Ticket 4 is fenced off.
 *   <li>A crash: the job goes on from checkpoint 5, with 20 tokens and ticket 3 in flight. The
 *       cancellation is read again, this time after 22 tokens. The answer with 28 was never seen;
 *       pieces of tokens 23 to 28 were, and are void.
 *   <li>Checkpoint 6 is complete: the answer with 22 tokens is visible, its last piece goes out,
 *       and ticket 4 may begin. Had there been a crash before that, checkpoint 6 would have had the
 *       piece in state, and sent it.
 *   <li>Ticket 5 is cancelled while ticket 4 is being answered: it leaves the queue, {@code
 *       withdrawn = 1} until {@code queueHead} comes to it, and leaves no turn.
 * </ol>
 */
final class ConversationState {
  /** The state in which every key is a conversation. */
  static final String HEADER = "header";

  /** The state in which every key has unfinished requests. */
  static final String QUEUE = "queue";

  /** The state in which every key has last pieces that are still to go out. */
  static final String LAST_PIECES = "last-pieces";

  static final ValueStateDescriptor<ConversationHeader> HEADER_STATE =
      new ValueStateDescriptor<>(HEADER, ConversationHeader.Serializer.INSTANCE);
  static final MapStateDescriptor<Long, QueuedRequest> QUEUE_STATE =
      new MapStateDescriptor<>(QUEUE, LongSerializer.INSTANCE, QueuedRequest.Serializer.INSTANCE);
  static final ValueStateDescriptor<RequestIds> IDS_STATE =
      new ValueStateDescriptor<>("request-ids", RequestIds.Serializer.INSTANCE);
  static final ValueStateDescriptor<TurnInFlight> IN_FLIGHT_STATE =
      new ValueStateDescriptor<>("in-flight", TurnInFlight.Serializer.INSTANCE);
  static final ListStateDescriptor<int[]> ANSWER_STATE =
      new ListStateDescriptor<>("answer", IntPrimitiveArraySerializer.INSTANCE);
  static final ListStateDescriptor<SavedLogprobs> LOGPROBS_STATE =
      new ListStateDescriptor<>("logprobs", SavedLogprobs.Serializer.INSTANCE);
  static final ListStateDescriptor<SavedChoice> CHOICES_STATE =
      new ListStateDescriptor<>("choices", SavedChoice.Serializer.INSTANCE);
  static final ListStateDescriptor<int[]> HISTORY_STATE =
      new ListStateDescriptor<>("history", IntPrimitiveArraySerializer.INSTANCE);
  static final ListStateDescriptor<Integer> KINDS_STATE =
      new ListStateDescriptor<>("turn-kinds", IntSerializer.INSTANCE);
  static final MapStateDescriptor<Integer, byte[]> PAGES_STATE =
      new MapStateDescriptor<>(
          "pages", IntSerializer.INSTANCE, BytePrimitiveArraySerializer.INSTANCE);

  static final ListStateDescriptor<HeldPiece> LAST_PIECES_STATE =
      new ListStateDescriptor<>(LAST_PIECES, HeldPiece.Serializer.INSTANCE);

  private static final ListStateDescriptor<Long> TTL_STATE =
      new ListStateDescriptor<>("ttl", LongSerializer.INSTANCE);

  private final Conversation.States states;
  private final ListState<Long> ttl;
  private final boolean keepsPages;

  /**
   * @param setCurrentKey makes a key the current one of {@code store}
   * @param keepsPages whether pages that become full are kept; those that there are can be read
   */
  ConversationState(
      KeyedStateStore store,
      OperatorStateStore ofSubtask,
      Consumer<ConversationKey> setCurrentKey,
      boolean keepsPages)
      throws Exception {
    this.keepsPages = keepsPages;
    states =
        new Conversation.States(
            setCurrentKey,
            store.getState(HEADER_STATE),
            store.getMapState(QUEUE_STATE),
            store.getState(IDS_STATE),
            store.getState(IN_FLIGHT_STATE),
            store.getListState(ANSWER_STATE),
            store.getListState(LOGPROBS_STATE),
            store.getListState(CHOICES_STATE),
            store.getListState(HISTORY_STATE),
            store.getListState(KINDS_STATE),
            store.getMapState(PAGES_STATE),
            store.getListState(LAST_PIECES_STATE));
    // Not a union, with which Flink takes no checkpoint while some of the subtasks have ended.
    ttl = ofSubtask.getListState(TTL_STATE);
  }

  /** The state of whichever conversation is current, for who reads it out of a savepoint. */
  static Conversation current(RuntimeContext store) {
    return new Conversation(
        new ConversationKey(""),
        new Conversation.States(
            _ -> {},
            store.getState(HEADER_STATE),
            store.getMapState(QUEUE_STATE),
            store.getState(IDS_STATE),
            store.getState(IN_FLIGHT_STATE),
            store.getListState(ANSWER_STATE),
            store.getListState(LOGPROBS_STATE),
            store.getListState(CHOICES_STATE),
            store.getListState(HISTORY_STATE),
            store.getListState(KINDS_STATE),
            store.getMapState(PAGES_STATE),
            store.getListState(LAST_PIECES_STATE)),
        false);
  }

  /** The state of one conversation, whether there is any or not. */
  Conversation of(ConversationKey key) {
    return new Conversation(key, states, keepsPages);
  }

  /**
   * Whether the subtasks whose state this is had this time to live; unknown, and so false, where
   * there are more subtasks than before.
   */
  boolean hadTtl(long millis) throws Exception {
    Set<Long> before = new HashSet<>();
    ttl.get().forEach(before::add);
    return before.equals(Set.of(millis));
  }

  /** Writes the time to live down, for all conversations of the subtask. */
  void rememberTtl(long millis) throws Exception {
    ttl.update(List.of(millis));
  }
}
