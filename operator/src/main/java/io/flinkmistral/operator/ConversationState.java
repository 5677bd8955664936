package io.flinkmistral.operator;

import io.flinkmistral.cache.KvPage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.api.common.typeutils.base.array.IntPrimitiveArraySerializer;

/**
 * All Flink state of the operator, and its only owner. Each method speaks of the conversation that
 * was selected last.
 *
 * <pre>
 *   header       what there is in the other states, and since when it is idle
 *   queue        ticket -> request: arrived and not answered, tickets queueHead .. queueEnd - 1
 *   request-ids  of the requests answered last
 *   in-flight    the turn of the request at queueHead, as it was when it began or was resumed
 *   answer       tokens of its answer since then, one array a checkpoint
 *   history      tokens of all ended turns, two arrays a turn: prompt, answer; the durable truth
 *   pages        index -> keys and values of full pages, firstPage .. endPage - 1: the accelerator
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
 */
final class ConversationState {
  /** The state in which every key is a conversation. */
  static final String HEADER = "header";

  /** The state in which every key has unfinished requests. */
  static final String QUEUE = "queue";

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
  static final ListStateDescriptor<int[]> HISTORY_STATE =
      new ListStateDescriptor<>("history", IntPrimitiveArraySerializer.INSTANCE);
  static final MapStateDescriptor<Integer, byte[]> PAGES_STATE =
      new MapStateDescriptor<>(
          "pages", IntSerializer.INSTANCE, BytePrimitiveArraySerializer.INSTANCE);

  private static final ListStateDescriptor<Long> TTL_STATE =
      new ListStateDescriptor<>("ttl", LongSerializer.INSTANCE);

  private static final int ARRAYS_PER_TURN = 2;

  private final Consumer<ConversationKey> setCurrentKey;
  private final ValueState<ConversationHeader> header;
  private final MapState<Long, QueuedRequest> queue;
  private final ValueState<RequestIds> requestIds;
  private final ValueState<TurnInFlight> inFlight;
  private final ListState<int[]> answer;
  private final ListState<int[]> history;
  private final MapState<Integer, byte[]> pages;
  private final ListState<Long> ttl;

  /**
   * @param setCurrentKey makes a key the current one of {@code store}
   */
  ConversationState(
      KeyedStateStore store, OperatorStateStore ofSubtask, Consumer<ConversationKey> setCurrentKey)
      throws Exception {
    this.setCurrentKey = setCurrentKey;
    header = store.getState(HEADER_STATE);
    queue = store.getMapState(QUEUE_STATE);
    requestIds = store.getState(IDS_STATE);
    inFlight = store.getState(IN_FLIGHT_STATE);
    answer = store.getListState(ANSWER_STATE);
    history = store.getListState(HISTORY_STATE);
    pages = store.getMapState(PAGES_STATE);
    // Not a union, with which Flink takes no checkpoint while some of the subtasks have ended.
    ttl = ofSubtask.getListState(TTL_STATE);
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

  /** All other methods speak of this conversation from now on. */
  void select(ConversationKey key) {
    setCurrentKey.accept(key);
  }

  ConversationHeader header() throws Exception {
    ConversationHeader value = header.value();
    return value == null ? ConversationHeader.NEW : value;
  }

  /** Whether a request of this id was answered lately. */
  boolean answeredLately(String requestId) throws Exception {
    return requestIds().knows(requestId);
  }

  private RequestIds requestIds() throws Exception {
    RequestIds value = requestIds.value();
    return value == null ? RequestIds.NONE : value;
  }

  /** Puts a request at the end of the queue. */
  void enqueue(QueuedRequest request) throws Exception {
    ConversationHeader now = header();
    queue.put(now.queueEnd(), request);
    header.update(now.withQueue(now.queueHead(), now.queueEnd() + 1));
  }

  /** The request whose turn it is; there must be one. */
  QueuedRequest head() throws Exception {
    return queued(header().queueHead());
  }

  /** The request with a ticket. */
  QueuedRequest queued(long ticket) throws Exception {
    QueuedRequest request = queue.get(ticket);
    if (request == null) {
      throw new IllegalStateException("no request with ticket %d".formatted(ticket));
    }
    return request;
  }

  /**
   * Takes the answered request off the queue, and remembers it among the {@code remembered} last
   * ones; how many are left.
   */
  int removeAnswered(String requestId, int remembered) throws Exception {
    if (remembered > 0) {
      requestIds.update(requestIds().answered(requestId, remembered));
    } else {
      requestIds.clear();
    }
    return removeHead();
  }

  /** Takes the request off the queue, which may be sent again; how many are left. */
  int removeHead() throws Exception {
    ConversationHeader now = header();
    queue.remove(now.queueHead());
    inFlight.clear();
    answer.clear();
    ConversationHeader next = now.withQueue(now.queueHead() + 1, now.queueEnd());
    header.update(next);
    return next.queued();
  }

  /** The turn that has begun, with its answer so far. */
  Optional<TurnInFlight> turnInFlight() throws Exception {
    TurnInFlight turn = inFlight.value();
    return turn == null ? Optional.empty() : Optional.of(turn.withMore(joined(answer.get())));
  }

  void beginTurn(TurnInFlight turn) throws Exception {
    inFlight.update(turn);
  }

  /** The turn in flight and its answer are from now on {@code turn}. */
  void resumeTurn(TurnInFlight turn) throws Exception {
    answer.clear();
    inFlight.update(turn);
  }

  /** Adds tokens to the answer of the turn in flight. */
  void appendAnswer(int[] tokens) throws Exception {
    if (tokens.length > 0) {
      answer.add(tokens);
    }
  }

  /** Tokens of all ended turns. */
  int[] history() throws Exception {
    return joined(history.get());
  }

  private static int[] joined(Iterable<int[]> parts) {
    int[] tokens = new int[0];
    if (parts != null) {
      int end = 0;
      for (int[] part : parts) {
        if (end + part.length > tokens.length) {
          tokens = Arrays.copyOf(tokens, Math.max(end + part.length, 2 * tokens.length));
        }
        System.arraycopy(part, 0, tokens, end, part.length);
        end += part.length;
      }
      tokens = Arrays.copyOf(tokens, end);
    }
    return tokens;
  }

  /** Tokens of the first {@code turns} ended turns; empty where there are not so many. */
  OptionalInt tokensOf(int turns) throws Exception {
    List<int[]> first = firstTurns(turns);
    return first.size() < ARRAYS_PER_TURN * (long) turns
        ? OptionalInt.empty()
        : OptionalInt.of(first.stream().mapToInt(part -> part.length).sum());
  }

  private List<int[]> firstTurns(int turns) throws Exception {
    List<int[]> first = new ArrayList<>();
    for (int[] part : history.get()) {
      if (first.size() == ARRAYS_PER_TURN * (long) turns) {
        break;
      }
      first.add(part);
    }
    return first;
  }

  /** Adds a turn that has ended to the history. */
  void appendTurn(int[] prompt, int[] wholeAnswer, String tokenizer) throws Exception {
    history.add(prompt);
    history.add(wholeAnswer);
    ConversationHeader now = header();
    header.update(now.withHistory(now.tokens() + prompt.length + wholeAnswer.length, tokenizer));
  }

  /** Forgets all ended turns. */
  void forget() throws Exception {
    history.clear();
    removePages();
    header.update(header().withHistory(0, "").withPages("", 0, 0));
  }

  /** Whether nothing would be lost with the conversation: no turn, no request, no answer's id. */
  boolean isVoid() throws Exception {
    ConversationHeader now = header();
    return now.tokens() == 0 && now.queued() == 0 && requestIds().answered().isEmpty();
  }

  /** Writes down that the conversation has expired. */
  void markExpired() throws Exception {
    header.update(header().withExpired(true));
  }

  /** Forgets all but the requests in the queue. */
  void clearButQueue() throws Exception {
    forget();
    requestIds.clear();
    header.update(header().withIdle(0, 0).withExpired(false));
  }

  /** Forgets the whole conversation, which must have no requests. */
  void clear() throws Exception {
    removePages();
    header.clear();
    queue.clear();
    requestIds.clear();
    inFlight.clear();
    answer.clear();
    history.clear();
  }

  /** One by one: to clear a map, Flink reads what is in it from RocksDB. */
  private void removePages() throws Exception {
    ConversationHeader now = header();
    for (int i = now.firstPage(); i < now.endPage(); i++) {
      pages.remove(i);
    }
  }

  /** Begins a conversation that has no history with the first turns of another one. */
  void fork(TurnPlan.Start.Forked fork, ConversationKey target) throws Exception {
    select(fork.source());
    List<int[]> turns = firstTurns(fork.turns());
    ConversationHeader source = header();
    select(target);
    history.update(turns);
    for (int i = fork.firstPage(); i < fork.endPage(); i++) {
      select(fork.source());
      KvPage page = page(i);
      select(target);
      pages.put(i, page.bytes());
    }
    header.update(
        header()
            .withHistory(fork.tokens(), source.tokenizer())
            .withPages(source.kv(), fork.firstPage(), fork.endPage()));
  }

  KvPage page(int index) throws Exception {
    byte[] bytes = pages.get(index);
    if (bytes == null) {
      throw new IllegalStateException("page %d is not in state".formatted(index));
    }
    return new KvPage(index, bytes);
  }

  /** Drops all pages: the next ones kept begin at {@code firstPage} and are of kind {@code kv}. */
  void restartPages(String kv, int firstPage) throws Exception {
    removePages();
    header.update(header().withPages(kv, firstPage, firstPage));
  }

  /** Keeps pages that were filled, and drops those before {@code firstPage}, which nobody sees. */
  void appendPages(List<KvPage> filled, int firstPage) throws Exception {
    ConversationHeader now = header();
    int end = now.endPage();
    for (KvPage page : filled) {
      pages.put(page.index(), page.bytes());
      end = page.index() + 1;
    }
    for (int i = now.firstPage(); i < Math.min(firstPage, now.endPage()); i++) {
      pages.remove(i);
    }
    int first = Math.max(now.firstPage(), firstPage);
    if (end != now.endPage() || first != now.firstPage()) {
      header.update(now.withPages(now.kv(), first, Math.max(first, end)));
    }
  }

  /** Writes down since when the conversation is idle, and the timer that looks after it. */
  void markIdle(long since, long expiryTimer) throws Exception {
    header.update(header().withIdle(since, expiryTimer));
  }
}
