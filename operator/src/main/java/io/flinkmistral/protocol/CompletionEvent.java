package io.flinkmistral.protocol;

import java.util.List;
import java.util.Optional;

/** What the operator says of a request. */
public sealed interface CompletionEvent {
  String requestId();

  String conversationId();

  /**
   * A piece of an answer that is being written. A replay gives the same pieces again, so a reader
   * may drop those whose request and index it has seen.
   *
   * @param index completion tokens up to and including this piece
   * @param text the piece's text, whole characters only
   * @param finishReason on the last piece
   */
  record Chunk(
      String requestId,
      String conversationId,
      int index,
      String text,
      Optional<FinishReason> finishReason)
      implements CompletionEvent {}

  /**
   * A whole answer.
   *
   * @param model the model's name
   * @param fingerprint of everything that the text depends on beside request and conversation
   * @param text the answer's; with calls, what stands before them, most often nothing
   * @param toolCalls the calls that the answer is; none where it is a text
   * @param origin where the request came from: its record's place and those of its headers that an
   *     answer repeats, without key and value
   */
  record Completed(
      String requestId,
      String conversationId,
      String model,
      String fingerprint,
      String text,
      List<ToolCall> toolCalls,
      FinishReason finishReason,
      Usage usage,
      Timings timings,
      Optional<SourceRecord> origin)
      implements CompletionEvent {
    public Completed {
      toolCalls = List.copyOf(toolCalls);
    }
  }

  /**
   * A request that cannot be answered.
   *
   * @param parameter the request's field that is to blame; empty where none is
   * @param code a stable word for programs, such as {@code context_length_exceeded}
   * @param message what is wrong and what to do
   * @param origin the request's record, to be set aside
   */
  record Rejected(
      String requestId,
      String conversationId,
      String parameter,
      String code,
      String message,
      Optional<SourceRecord> origin)
      implements CompletionEvent {}
}
