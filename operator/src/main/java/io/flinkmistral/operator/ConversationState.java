package io.flinkmistral.operator;

import io.flinkmistral.cache.KvPage;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.api.common.typeutils.base.array.IntPrimitiveArraySerializer;

/**
 * All Flink state of the operator, and its only owner. Each method speaks of the conversation whose
 * key is the current one.
 *
 * <pre>
 *   header     what there is in the other states
 *   queue      ticket -> request: arrived and not answered, tickets queueHead .. queueEnd - 1
 *   in-flight  the turn of the request at queueHead: its prompt and its answer so far
 *   history    tokens of all ended turns, one array a turn: the durable truth
 *   pages      index -> keys and values of full pages, firstPage .. endPage - 1: the accelerator
 * </pre>
 *
 * <p>Pages are written once, when they are full, and never again; they may reach into the turn in
 * flight. The in-flight turn is written when it begins and at each checkpoint while it lasts.
 *
 * <p><b>A worked example: a crash in mid-answer.</b> A conversation has a history of 40 tokens,
 * pages 0 and 1 (32 tokens; pages of 16), and a request with a prompt of 10 tokens.
 *
 * <ol>
 *   <li>The turn begins: pages 0 and 1 are read back, {@code in-flight = (prompt, [], cached 32)}.
 *       The tokens 32 to 49 are taken in; page 2 (tokens 32 to 47) is full and written.
 *   <li>20 tokens of the answer are drawn. Pages 3 (48 to 63) is written on the way.
 *   <li>A checkpoint: {@code in-flight = (prompt, 20 tokens, cached 32)}. It holds pages 0 to 3.
 *   <li>15 more tokens are drawn, page 4 is written; the process dies.
 *   <li>Flink restores the checkpoint: 20 tokens and pages 0 to 3, which hold positions 0 to 63.
 *       The tokens 64 to 69 are taken in again, and the answer goes on with its 21st token. Since a
 *       token depends on nothing but the tokens before it and its index, it is the same as before
 *       the crash; {@code cached} is still 32.
 * </ol>
 *
 * <p><b>A worked example: rescaling.</b> All five states of a conversation are under its key and
 * move together with its key group. The new owner finds its unfinished conversations with {@code
 * getKeys} on the queue, and does with each what the fifth step above says.
 */
final class ConversationState {
  /** The state in which every key has unfinished requests. */
  static final String QUEUE = "queue";

  private final ValueState<ConversationHeader> header;
  private final MapState<Long, QueuedRequest> queue;
  private final ValueState<TurnInFlight> inFlight;
  private final ListState<int[]> history;
  private final MapState<Integer, byte[]> pages;

  ConversationState(KeyedStateStore store) {
    header =
        store.getState(
            new ValueStateDescriptor<>("header", ConversationHeader.Serializer.INSTANCE));
    queue =
        store.getMapState(
            new MapStateDescriptor<>(
                QUEUE, LongSerializer.INSTANCE, QueuedRequest.Serializer.INSTANCE));
    inFlight =
        store.getState(new ValueStateDescriptor<>("in-flight", TurnInFlight.Serializer.INSTANCE));
    history =
        store.getListState(
            new ListStateDescriptor<>("history", IntPrimitiveArraySerializer.INSTANCE));
    pages =
        store.getMapState(
            new MapStateDescriptor<>(
                "pages", IntSerializer.INSTANCE, BytePrimitiveArraySerializer.INSTANCE));
  }

  ConversationHeader header() throws Exception {
    ConversationHeader value = header.value();
    return value == null ? ConversationHeader.NEW : value;
  }

  /** Puts a request at the end of the queue. */
  void enqueue(QueuedRequest request) throws Exception {
    ConversationHeader now = header();
    queue.put(now.queueEnd(), request);
    header.update(now.withQueue(now.queueHead(), now.queueEnd() + 1));
  }

  /** The request whose turn it is; there must be one. */
  QueuedRequest head() throws Exception {
    ConversationHeader now = header();
    QueuedRequest head = queue.get(now.queueHead());
    if (head == null) {
      throw new IllegalStateException("no request with ticket %d".formatted(now.queueHead()));
    }
    return head;
  }

  /** Takes the answered request off the queue; how many are left. */
  int removeHead() throws Exception {
    ConversationHeader now = header();
    queue.remove(now.queueHead());
    inFlight.clear();
    ConversationHeader next = now.withQueue(now.queueHead() + 1, now.queueEnd());
    header.update(next);
    return next.queued();
  }

  Optional<TurnInFlight> turnInFlight() throws Exception {
    return Optional.ofNullable(inFlight.value());
  }

  void saveTurnInFlight(TurnInFlight turn) throws Exception {
    inFlight.update(turn);
  }

  /** Tokens of all ended turns. */
  int[] history() throws Exception {
    int[] tokens = new int[header().tokens()];
    int end = 0;
    for (int[] turn : history.get()) {
      System.arraycopy(turn, 0, tokens, end, turn.length);
      end += turn.length;
    }
    return tokens;
  }

  /** Adds a turn that has ended to the history. */
  void appendTurn(int[] tokens, String tokenizer) throws Exception {
    history.add(tokens);
    ConversationHeader now = header();
    header.update(now.withHistory(now.tokens() + tokens.length, tokenizer));
  }

  /** Forgets all ended turns. */
  void forget() throws Exception {
    history.clear();
    pages.clear();
    header.update(header().withHistory(0, "").withPages("", 0, 0));
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
    pages.clear();
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
}
