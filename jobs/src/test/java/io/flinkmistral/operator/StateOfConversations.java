package io.flinkmistral.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.state.api.OperatorIdentifier;
import org.apache.flink.state.api.SavepointReader;
import org.apache.flink.state.api.functions.KeyedStateReaderFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;

/**
 * Reads the state of all conversations out of a savepoint or a checkpoint. It stands in the
 * operator's package, whose state it knows.
 */
public final class StateOfConversations {
  private StateOfConversations() {}

  /**
   * What a conversation has in state.
   *
   * @param hasHeader whether there is a header, without which all the rest is orphaned
   * @param queueHead ticket of the first unanswered request, as the header says
   * @param queueEnd ticket of the next request, as the header says
   * @param queued requests by ticket: their ids
   * @param answeredIds ids of the requests answered last
   * @param turnInFlight whether a turn has begun
   * @param answerTokens tokens of the answer so far
   * @param headerTokens length of the history, as the header says
   * @param historyTokens tokens of each array of the history
   * @param kv fingerprint of the pages
   * @param firstPage first page, as the header says
   * @param endPage page after the last one, as the header says
   * @param pages bytes of each page, by index
   */
  public record Snapshot(
      String conversation,
      boolean hasHeader,
      long queueHead,
      long queueEnd,
      Map<Long, String> queued,
      List<String> answeredIds,
      boolean turnInFlight,
      int answerTokens,
      int headerTokens,
      List<Integer> historyTokens,
      String kv,
      int firstPage,
      int endPage,
      Map<Integer, Integer> pages) {}

  /** Runs a small job in this process; {@code options} may name the state backend. */
  public static List<Snapshot> read(String path, Configuration options) throws Exception {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(1, new Configuration(options));
    SavepointReader savepoint = SavepointReader.read(env, path);
    CloseableIterator<Snapshot> results =
        savepoint
            .readKeyedState(
                OperatorIdentifier.forUid(MistralStreams.UID),
                new Reader(),
                MistralTypes.CONVERSATION,
                TypeInformation.of(Snapshot.class))
            .executeAndCollect();
    List<Snapshot> snapshots = new ArrayList<>();
    try {
      results.forEachRemaining(snapshots::add);
    } finally {
      results.close();
    }
    return snapshots;
  }

  private static final class Reader extends KeyedStateReaderFunction<ConversationKey, Snapshot> {
    private static final long serialVersionUID = 1L;

    private transient ValueState<ConversationHeader> header;
    private transient MapState<Long, QueuedRequest> queue;
    private transient ValueState<RequestIds> requestIds;
    private transient ValueState<TurnInFlight> inFlight;
    private transient ListState<int[]> answer;
    private transient ListState<int[]> history;
    private transient MapState<Integer, byte[]> pages;

    @Override
    public void open(OpenContext context) {
      RuntimeContext store = getRuntimeContext();
      header = store.getState(ConversationState.HEADER_STATE);
      queue = store.getMapState(ConversationState.QUEUE_STATE);
      requestIds = store.getState(ConversationState.IDS_STATE);
      inFlight = store.getState(ConversationState.IN_FLIGHT_STATE);
      answer = store.getListState(ConversationState.ANSWER_STATE);
      history = store.getListState(ConversationState.HISTORY_STATE);
      pages = store.getMapState(ConversationState.PAGES_STATE);
    }

    @Override
    public void readKey(ConversationKey key, Context context, Collector<Snapshot> out)
        throws Exception {
      ConversationHeader head = header.value();
      ConversationHeader known = head == null ? ConversationHeader.NEW : head;
      Map<Long, String> requests = new TreeMap<>();
      for (Map.Entry<Long, QueuedRequest> entry : queue.entries()) {
        requests.put(entry.getKey(), entry.getValue().request().requestId());
      }
      Map<Integer, Integer> pageBytes = new TreeMap<>();
      for (Map.Entry<Integer, byte[]> entry : pages.entries()) {
        pageBytes.put(entry.getKey(), entry.getValue().length);
      }
      RequestIds ids = requestIds.value();
      TurnInFlight turn = inFlight.value();
      int answered = lengths(answer).stream().mapToInt(Integer::intValue).sum();
      out.collect(
          new Snapshot(
              key.id(),
              head != null,
              known.queueHead(),
              known.queueEnd(),
              requests,
              ids == null ? List.of() : new ArrayList<>(ids.answered()),
              turn != null,
              answered + (turn == null ? 0 : turn.generated().length),
              known.tokens(),
              lengths(history),
              known.kv(),
              known.firstPage(),
              known.endPage(),
              pageBytes));
    }

    private static List<Integer> lengths(ListState<int[]> arrays) throws Exception {
      List<Integer> lengths = new ArrayList<>();
      for (int[] array : arrays.get()) {
        lengths.add(array.length);
      }
      return lengths;
    }
  }
}
