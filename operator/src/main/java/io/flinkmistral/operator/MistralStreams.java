package io.flinkmistral.operator;

import io.flinkmistral.mailbox.coordination.HoldOpenSource;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The operator as a step of a stream. */
public final class MistralStreams {
  /** The operator's uid: savepoints find its state by it. */
  public static final String UID = "mistral";

  /** For batch jobs, which otherwise have the state of one key at a time. */
  private static final Configuration ALL_KEYS_AT_ONCE =
      new Configuration()
          .set(ExecutionOptions.SORT_INPUTS, false)
          .set(ExecutionOptions.USE_BATCH_STATE_BACKEND, false);

  private MistralStreams() {}

  /**
   * Answers requests, those of one conversation in their order, and does what control records say.
   *
   * <p>Where requests end, the job ends when all are answered; checkpoints and savepoints run until
   * then. That takes a second source of the operator, see {@link HoldOpenSource}. In a batch job
   * there are no checkpoints, and inputs of keyed operators are not sorted: the operator works on
   * many conversations at once. The runtime mode must be set before.
   *
   * @param requests in any order of conversations: {@link
   *     io.flinkmistral.protocol.CompletionRequest}s alone, or all that clients send
   * @param options see {@link MistralOptions}
   * @return what the operator says of the requests: pieces, answers, refusals
   * @throws IllegalArgumentException if an option is missing or wrong
   */
  public static SingleOutputStreamOperator<CompletionEvent> complete(
      DataStream<? extends ClientRecord> requests, ReadableConfig options) {
    MistralOperatorFactory factory = new MistralOperatorFactory(options);
    StreamExecutionEnvironment env = requests.getExecutionEnvironment();
    boolean batch =
        env.getConfiguration().get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
    env.configure(ALL_KEYS_AT_ONCE);
    @SuppressWarnings("unchecked") // It is only read from.
    DataStream<ClientRecord> records = (DataStream<ClientRecord>) requests;
    return records
        .keyBy(record -> new ConversationKey(record.conversationId()), MistralTypes.CONVERSATION)
        // Not broadcast: barriers cannot overtake in such a connection.
        .connect(HoldOpenSource.add(env, UID, batch).rebalance())
        .transform("Mistral", MistralTypes.EVENT, factory)
        .uid(UID);
  }
}
