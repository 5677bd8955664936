package io.flinkmistral.operator;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.generation.CutAnswer;
import io.flinkmistral.generation.CutAnswers;
import io.flinkmistral.generation.Drawn;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.generation.text.Piece;
import io.flinkmistral.operator.moderation.TurnJudging;
import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.AnswerShape;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.ConversationReport;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.ModerationReport;
import io.flinkmistral.protocol.ModerationReport.Judgement;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.Timings;
import io.flinkmistral.protocol.Usage;
import java.util.List;
import java.util.Optional;
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

  /** A token of an answer: its piece of text, if there is one and its request wants it streamed. */
  void drawn(LiveConversation conversation, Drawn drawn) {
    CompletionRequest request = conversation.request();
    boolean last = drawn.completion().isPresent();
    if (request.options().stream()
        && drawn.piece().isPresent()
        && conversation.judging().filter(judging -> judging.holdsBack(last)).isEmpty()) {
      piece(conversation, drawn.piece().get(), drawn.completion());
    }
  }

  /** An answer is judged: pieces of it that were held back, if its request wants them streamed. */
  void judged(LiveConversation conversation, int choice) {
    if (!conversation.request().options().stream()) {
      return;
    }
    TurnJudging judging = conversation.judging().orElseThrow();
    Completion whole = conversation.choices().completion(choice).orElseThrow();
    Answer answer = judging.judged(choice, whole.answer());
    Completion judged = whole.withAnswers(List.of(answer));
    List<Piece> pieces = conversation.choices().pieces(choice);
    Piece last = pieces.getLast();
    if (answer.isBlocked()) {
      piece(conversation, last.withoutWords(), Optional.of(judged));
      return;
    }
    if (judging.holdsAllBack()) {
      pieces
          .subList(0, pieces.size() - 1)
          .forEach(piece -> piece(conversation, piece, Optional.empty()));
    }
    piece(conversation, last, Optional.of(judged));
  }

  /**
   * @param whole the answer that it is the last piece of
   */
  private void piece(LiveConversation conversation, Piece piece, Optional<Completion> whole) {
    CompletionRequest request = conversation.request();
    emit(
        conversation.timestamp(),
        new CompletionEvent.Chunk(
            request.requestId(),
            request.conversationId(),
            piece.choice(),
            piece.index(),
            piece.text(),
            piece.logprobs(),
            whole.map(completion -> end(completion, usage(conversation, completion)))));
  }

  private static CompletionEvent.End end(Completion completion, Usage usage) {
    return new CompletionEvent.End(
        completion.finishReason(),
        Optional.of(usage),
        completion.toolCalls(),
        completion.answer().moderation());
  }

  /** What a request was answered. */
  void completed(LiveConversation conversation, Completion completion) {
    CompletionRequest request = conversation.request();
    emit(
        conversation.timestamp(),
        new CompletionEvent.Completed(
            request.requestId(),
            request.conversationId(),
            model.name(),
            model.systemFingerprint(),
            completion.answers(),
            completion.promptLogprobs(),
            AnswerShape.of(request),
            usage(conversation, completion),
            conversation.timings(),
            origin(request, completion.answers())));
  }

  /** All of the record where an answer is blocked: who looks after that wants to know of what. */
  private static Optional<SourceRecord> origin(CompletionRequest request, List<Answer> answers) {
    boolean blocked = answers.stream().anyMatch(Answer::isBlocked);
    return blocked ? request.origin() : request.origin().map(SourceRecord::trace);
  }

  private static Usage usage(LiveConversation conversation, Completion completion) {
    return completion.usage().withDroppedTurns(conversation.droppedTurns());
  }

  /** An answer that was ended before it was whole. */
  void cut(QueuedRequest queued, CutAnswers cut, Timings timings) {
    CompletionRequest request = queued.request();
    emit(
        queued.timestamp(),
        new CompletionEvent.Completed(
            request.requestId(),
            request.conversationId(),
            model.name(),
            model.systemFingerprint(),
            cut.completion().answers(),
            cut.completion().promptLogprobs(),
            AnswerShape.of(request),
            cut.completion().usage(),
            timings,
            origin(request, cut.completion().answers())));
  }

  /** A request that is not answered, as something is wrong with what it says. */
  void blocked(QueuedRequest queued, Judgement prompt) {
    CutAnswers nothing =
        CutAnswers.notBegun(queued.request(), FinishReason.CONTENT_FILTER)
            .withModeration(new ModerationReport(Optional.of(prompt), Optional.empty()));
    lastPieces(queued, nothing).forEach(this::emit);
    cut(queued, nothing, waited(queued));
  }

  /** How long a request took that was not begun. */
  static Timings waited(QueuedRequest queued) {
    long now = System.currentTimeMillis();
    return new Timings(now, Math.max(0, now - queued.arrivedMillis()), 0, 0);
  }

  /** The last pieces of such answers, if their request wants them streamed. */
  static List<HeldPiece> lastPieces(QueuedRequest queued, CutAnswers cut) {
    return queued.request().options().stream()
        ? cut.cut().stream().map(answer -> lastPiece(queued, answer)).toList()
        : List.of();
  }

  private static HeldPiece lastPiece(QueuedRequest queued, CutAnswer cut) {
    CompletionRequest request = queued.request();
    Piece last = cut.last();
    return new HeldPiece(
        queued.timestamp(),
        new CompletionEvent.Chunk(
            request.requestId(),
            request.conversationId(),
            last.choice(),
            last.index(),
            last.text(),
            last.logprobs(),
            Optional.of(end(cut.completion(), cut.completion().usage()))));
  }

  /** What was held back until now. */
  void emit(HeldPiece held) {
    emit(held.timestamp(), held.piece());
  }

  /** What a control record asked for. */
  void reported(
      String requestId, ControlRequest control, OptionalLong timestamp, ConversationReport report) {
    emit(
        timestamp,
        new CompletionEvent.Reported(
            requestId,
            control.conversationId(),
            report,
            control.origin().map(SourceRecord::trace)));
  }

  /** A refusal. */
  void rejected(CompletionRequest request, OptionalLong timestamp, InvalidRequestException cause) {
    rejected(request.requestId(), request, timestamp, cause);
  }

  /** A refusal of what has this id. */
  void rejected(
      String requestId,
      ClientRecord request,
      OptionalLong timestamp,
      InvalidRequestException cause) {
    emit(
        timestamp,
        new CompletionEvent.Rejected(
            requestId,
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
