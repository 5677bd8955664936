package io.flinkmistral.operator;

import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.LanguageModel;
import io.flinkmistral.generation.Piece;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.SourceRecord;
import java.util.OptionalLong;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** What goes out, with the timestamp of the request that it is about. */
final class EventOutput {
  private final Output<StreamRecord<CompletionEvent>> output;
  private final LanguageModel model;

  EventOutput(Output<StreamRecord<CompletionEvent>> output, LanguageModel model) {
    this.output = output;
    this.model = model;
  }

  /** A piece of an answer, if its request wants it streamed. */
  void piece(LiveConversation conversation, Piece piece) {
    Generation generation = conversation.generation();
    CompletionRequest request = generation.request();
    if (request.stream()) {
      emit(
          conversation.timestamp(),
          new CompletionEvent.Chunk(
              request.requestId(),
              request.conversationId(),
              piece.index(),
              piece.text(),
              generation.finishReason()));
    }
  }

  /** A whole answer. */
  void completed(LiveConversation conversation) {
    Generation generation = conversation.generation();
    CompletionRequest request = generation.request();
    emit(
        conversation.timestamp(),
        new CompletionEvent.Completed(
            request.requestId(),
            request.conversationId(),
            model.name(),
            model.systemFingerprint(),
            generation.text(),
            generation.toolCalls(),
            generation.finishReason().orElseThrow(),
            generation.usage(),
            conversation.timings(),
            request.origin().map(SourceRecord::trace)));
  }

  /** A refusal. */
  void rejected(CompletionRequest request, OptionalLong timestamp, InvalidRequestException cause) {
    emit(
        timestamp,
        new CompletionEvent.Rejected(
            request.requestId(),
            request.conversationId(),
            cause.parameter(),
            cause.code().wireName(),
            cause.getMessage(),
            request.origin()));
  }

  private void emit(OptionalLong timestamp, CompletionEvent event) {
    StreamRecord<CompletionEvent> record = new StreamRecord<>(event);
    timestamp.ifPresent(record::setTimestamp);
    output.collect(record);
  }
}
