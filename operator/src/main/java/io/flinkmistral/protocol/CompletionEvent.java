package io.flinkmistral.protocol;

import java.util.List;
import java.util.Optional;

/** What the operator says of a request. */
public sealed interface CompletionEvent {
  String requestId();

  String conversationId();

  /**
   * A piece of an answer that is being written. A replay gives the same pieces again, so a reader
   * may drop those whose request, choice and index it has seen.
   *
   * @param choice which of the request's answers it is of, from 0 on
   * @param index completion tokens up to and including this piece
   * @param text the piece's text, whole characters only
   * @param logprobs how likely the piece's tokens were, where that was asked for
   * @param end on the last piece
   */
  record Chunk(
      String requestId,
      String conversationId,
      int choice,
      int index,
      String text,
      List<TokenLogprob> logprobs,
      Optional<End> end)
      implements CompletionEvent {
    public Chunk {
      logprobs = List.copyOf(logprobs);
    }

    /** A piece of the first answer, in its middle, with nothing said of its tokens. */
    public Chunk(String requestId, String conversationId, int index, String text) {
      this(requestId, conversationId, 0, index, text, List.of(), Optional.empty());
    }

    public Optional<FinishReason> finishReason() {
      return end.map(End::finishReason);
    }
  }

  /**
   * What the last piece says of its answer, so that its reader needs nothing else.
   *
   * @param finishReason what has ended it
   * @param usage what this answer took, whatever others its request has; absent where an earlier
   *     version, which did not say it, wrote this
   * @param toolCalls the calls that the answer is
   * @param moderation what was judged, as the answer says it
   */
  record End(
      FinishReason finishReason,
      Optional<Usage> usage,
      List<ToolCall> toolCalls,
      Optional<ModerationReport> moderation) {
    public End {
      toolCalls = List.copyOf(toolCalls);
    }

    /** Of an answer that was not judged. */
    public End(FinishReason finishReason, Optional<Usage> usage, List<ToolCall> toolCalls) {
      this(finishReason, usage, toolCalls, Optional.empty());
    }

    /** The same without the calls that the answer is. */
    public End withoutCalls() {
      return new End(finishReason, usage, List.of(), moderation);
    }
  }

  /**
   * What a request was answered: its whole answer, or all of them.
   *
   * @param model the model's name
   * @param fingerprint of everything that the text depends on beside request and conversation
   * @param answers in their order; the first one is in the conversation
   * @param promptLogprobs how likely the prompt's tokens were, where that was asked for
   * @param shape in what form
   * @param usage what all of them took together
   * @param origin where the request came from: its record's place and those of its headers that an
   *     answer repeats, without key and value; the whole record where it is blocked, for those who
   *     look after that
   */
  record Completed(
      String requestId,
      String conversationId,
      String model,
      String fingerprint,
      List<Answer> answers,
      Optional<PromptLogprobs> promptLogprobs,
      AnswerShape shape,
      Usage usage,
      Timings timings,
      Optional<SourceRecord> origin)
      implements CompletionEvent {
    public Completed {
      answers = List.copyOf(answers);
    }

    /** Whether one of the answers was judged, and is not given. */
    public boolean isBlocked() {
      return answers.stream().anyMatch(Answer::isBlocked);
    }

    /** The first answer. */
    public Answer answer() {
      return answers.getFirst();
    }

    public String text() {
      return answer().text();
    }

    public List<ToolCall> toolCalls() {
      return answer().toolCalls();
    }

    public FinishReason finishReason() {
      return answer().finishReason();
    }
  }

  /**
   * What a control record asked of a conversation.
   *
   * @param origin as that of an answer
   */
  record Reported(
      String requestId,
      String conversationId,
      ConversationReport report,
      Optional<SourceRecord> origin)
      implements CompletionEvent {}

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
