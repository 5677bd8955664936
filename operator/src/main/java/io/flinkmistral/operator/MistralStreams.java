package io.flinkmistral.operator;

import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** The operator as a step of a stream. */
public final class MistralStreams {
  /** The operator's uid: savepoints find its state by it. */
  public static final String UID = "mistral";

  private MistralStreams() {}

  /**
   * Answers requests, those of one conversation in their order.
   *
   * @param requests in any order of conversations
   * @param options see {@link MistralOptions}
   * @return what the operator says of the requests: pieces, answers, refusals
   * @throws IllegalArgumentException if an option is missing or wrong
   */
  public static SingleOutputStreamOperator<CompletionEvent> complete(
      DataStream<CompletionRequest> requests, ReadableConfig options) {
    return requests
        .keyBy(request -> new ConversationKey(request.conversationId()), MistralTypes.CONVERSATION)
        .transform("Mistral", MistralTypes.EVENT, new MistralOperatorFactory(options))
        .uid(UID);
  }
}
