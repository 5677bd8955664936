package io.flinkmistral.operator;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.generation.CutAnswers;
import io.flinkmistral.operator.metrics.MistralMetrics;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.FinishReason;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends requests before they are answered, since a client says so or their time is over. What there
 * is of the answer is its answer then, and the turn stays in the history; a request whose turn has
 * not begun leaves none.
 *
 * <p>It is in state at once, and so are the records of the answer on their way to the sinks: both
 * are in the next checkpoint, or neither is. See the worked example of {@link ConversationState}.
 */
final class Endings {
  private static final Logger LOG = LoggerFactory.getLogger(Endings.class);

  private final MistralSettings settings;
  private final LanguageModel model;
  private final ConversationState state;
  private final CheckpointFence fence;
  private final Admission admission;
  private final Turns turns;
  private final Outcomes outcomes;

  /**
   * What is told of endings.
   *
   * @param events answers
   * @param lastPieces pieces of these
   * @param metrics counts
   * @param line who is next
   * @param listener requests that have ended
   */
  record Outcomes(
      EventOutput events,
      LastPieces lastPieces,
      MistralMetrics metrics,
      RequestLine line,
      Turns.Listener listener) {}

  Endings(
      MistralSettings settings,
      LanguageModel model,
      ConversationState state,
      CheckpointFence fence,
      Admission admission,
      Turns turns,
      Outcomes outcomes) {
    this.settings = settings;
    this.model = model;
    this.state = state;
    this.fence = fence;
    this.admission = admission;
    this.turns = turns;
    this.outcomes = outcomes;
  }

  /** Ends a request; one that is unknown, or has ended, is counted. */
  void cancel(ControlRequest.Cancel cancel) throws Exception {
    ConversationKey key = new ConversationKey(cancel.conversationId());
    List<Long> tickets = outcomes.line().tickets(key, cancel.target());
    if (tickets.isEmpty()) {
      outcomes.metrics().unknownCancel();
      LOG.debug("a request is to be cancelled that is not there, or has ended: {}", cancel);
    }
    for (long ticket : tickets) {
      end(key, ticket, FinishReason.CANCELLED);
    }
  }

  /** Ends the request with this ticket, which is not answered. */
  void end(ConversationKey key, long ticket, FinishReason reason) throws Exception {
    Conversation conversation = state.of(key);
    QueuedRequest queued = conversation.queued(ticket);
    boolean first = conversation.header().queueHead() == ticket;
    Optional<LiveConversation> underWay = first ? turns.stop(key) : Optional.empty();
    Optional<TurnInFlight> begun = first ? conversation.turnInFlight() : Optional.empty();
    admission.withdraw(key, queued, first, begun.isPresent());
    CutAnswers answers =
        begun.isPresent()
            ? endTurn(conversation, queued, begun.get(), underWay, reason)
            : CutAnswers.notBegun(queued.request(), reason);
    fence.decided(key, ticket + 1);
    Conversation.Removed removed =
        conversation.removeAnswered(
            ticket, queued.request().requestId(), settings.rememberedRequests());
    outcomes
        .events()
        .cut(
            queued,
            answers,
            underWay.map(LiveConversation::timings).orElseGet(() -> EventOutput.waited(queued)));
    for (HeldPiece last : EventOutput.lastPieces(queued, answers)) {
      outcomes.lastPieces().add(key, last);
    }
    outcomes.metrics().cut(reason, answers.completion().usage());
    outcomes.listener().ended(conversation, removed);
  }

  /** The turn that has begun becomes one of the history. */
  private CutAnswers endTurn(
      Conversation conversation,
      QueuedRequest queued,
      TurnInFlight turn,
      Optional<LiveConversation> underWay,
      FinishReason reason)
      throws Exception {
    if (!TurnPlan.isOf(model, turn, conversation.header())) {
      // What was said in the words of another model is no answer of this one.
      conversation.restartPages("", 0);
      return CutAnswers.notBegun(queued.request(), reason);
    }
    int[] history = conversation.history();
    int[] prompt = Arrays.copyOf(history, history.length + turn.prompt().length);
    System.arraycopy(turn.prompt(), 0, prompt, history.length, turn.prompt().length);
    CutAnswers answers =
        model.cut(
            queued.request(),
            prompt,
            conversation.answersSoFar(turn, queued.request().options().choices()),
            turn.cachedTokens(),
            TurnPlan.withTerms(turn, conversation.header(), model, settings)
                .terms()
                .orElseThrow()
                .limits(),
            reason);
    if (isUnjudged(queued.request(), answers)) {
      turns.drop(conversation, queued.request());
      return answers.withoutWords().withDroppedTurns(turn.droppedTurns());
    }
    // Pages that only the other answers needed go with them.
    int endPage = conversation.header().endPage();
    conversation.appendPages(
        List.of(), model.kvWindow().firstKept(endPage * model.kvLayout().pageTokens()));
    // Where the turn is not under way, as after a restore, nobody has begun to encode it.
    KeptTurn kept =
        underWay
            .map(LiveConversation::kept)
            .orElseGet(
                () ->
                    KeptTurn.of(
                        queued.request(),
                        turn.prompt(),
                        request -> model.encodeTurn(history.length == 0, request),
                        Runnable::run));
    boolean cut = kept.append(conversation, answers.completion().historyTokens(), false, model);
    if (cut) {
      turns.cutToState(conversation);
    }
    return answers.withDroppedTurns(turn.droppedTurns());
  }

  /**
   * Whether what there is would come out unjudged, though it must not: an answer, or the turn of a
   * prompt of which it is not known whether it was found to be good, as nothing was drawn yet.
   */
  private static boolean isUnjudged(CompletionRequest request, CutAnswers answers) {
    boolean nothingDrawn = answers.completion().usage().completionTokens() == 0;
    return request
        .turn()
        .moderation()
        .filter(asked -> asked.blocksAnswer() || asked.blocksPrompt() && nothingDrawn)
        .isPresent();
  }

  /** A conversation is forgotten: turns that were planned to branch off it are planned anew. */
  void forgotten() {
    admission.planAnew();
  }
}
