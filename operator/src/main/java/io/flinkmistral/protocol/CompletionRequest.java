package io.flinkmistral.protocol;

import java.util.List;
import java.util.Optional;

/**
 * What is new in a conversation, and how to answer it.
 *
 * @param requestId repeated in the answer
 * @param conversationId the conversation; requests with the same one are answered in order
 * @param prompt what is new
 * @param stop where the answer ends
 * @param sampling how tokens are chosen
 * @param constraint what the answer must be
 * @param options how the answer is given
 * @param history what the prompt is of the conversation
 * @param overflow what becomes of it where the context has no room; absent: what an option says
 * @param reset whether the conversation's earlier turns are forgotten first
 * @param fork where the conversation, which has no turns yet, branches off from another one
 * @param turn what becomes of its turn
 * @param schedule when it is answered
 * @param origin the record that brought the request, where there was one
 */
public record CompletionRequest(
    String requestId,
    String conversationId,
    Prompt prompt,
    StopConditions stop,
    SamplingParams sampling,
    Optional<OutputConstraint> constraint,
    AnswerOptions options,
    HistoryMode history,
    Optional<ContextOverflow> overflow,
    boolean reset,
    Optional<ForkPoint> fork,
    TurnOptions turn,
    Schedule schedule,
    Optional<SourceRecord> origin)
    implements ClientRecord {

  public CompletionRequest {
    if (conversationId.isEmpty()) {
      throw new InvalidRequestException("conversation_id", "conversation_id must not be empty");
    }
    if (fork.isPresent()) {
      checkFork(conversationId, fork.get().conversationId());
    }
    if (history == HistoryMode.FULL) {
      checkWhole(prompt, fork);
    }
    if (turn.instructions().isPresent()) {
      checkInstructions(prompt, history, overflow);
    }
  }

  private static void checkInstructions(
      Prompt prompt, HistoryMode history, Optional<ContextOverflow> overflow) {
    String instead = "";
    if (history == HistoryMode.FULL) {
      instead = "history \"full\": put a system message into messages";
    } else if (prompt instanceof Prompt.Text) {
      instead = "prompt: send messages";
    } else if (overflow.equals(Optional.of(ContextOverflow.DROP_OLDEST))) {
      instead = "truncation \"auto\": put a system message into messages";
    }
    if (!instead.isEmpty()) {
      throw new InvalidRequestException(
          "instructions", "instructions cannot be given beside " + instead);
    }
  }

  private static void checkWhole(Prompt prompt, Optional<ForkPoint> fork) {
    if (fork.isPresent()) {
      throw new InvalidRequestException(
          "fork",
          "fork and history \"full\" exclude each other: messages are the whole dialogue, so send"
              + " those up to where it branches off, in a conversation of another name");
    }
    if (prompt instanceof Prompt.Text) {
      throw new InvalidRequestException(
          "history", "history \"full\" needs messages: a prompt is no dialogue");
    }
  }

  private static void checkFork(String id, String source) {
    String root = ConversationIds.root(source);
    if (id.equals(source) || !ConversationIds.root(id).equals(root)) {
      throw new InvalidRequestException(
          "conversation_id",
          "conversation_id must be \"%s~\" and a name of the fork, but is \"%s\""
              .formatted(Excerpt.of(root), Excerpt.of(id)));
    }
  }

  /** A greedy request of one user message. */
  public static CompletionRequest ofUser(String requestId, String conversationId, String text) {
    return of(requestId, conversationId)
        .messages(List.of(new ChatMessage(Role.USER, text)))
        .build();
  }

  /** A greedy request, whose prompt is still to be named. */
  public static Builder of(String requestId, String conversationId) {
    return new Builder(requestId, conversationId);
  }

  /** The same request, to be changed. */
  public Builder but() {
    Builder builder = new Builder(requestId, conversationId);
    builder.prompt = prompt;
    builder.stop = stop;
    builder.sampling = sampling;
    builder.constraint = constraint;
    builder.options = options;
    builder.history = history;
    builder.overflow = overflow;
    builder.reset = reset;
    builder.fork = fork;
    builder.turn = turn;
    builder.schedule = schedule;
    builder.origin = origin;
    return builder;
  }

  /** The same request, as the next one of the conversation that it would branch off from. */
  public CompletionRequest inSource() {
    ForkPoint point = fork.orElseThrow();
    Builder builder = but();
    builder.conversationId = point.conversationId();
    builder.fork = Optional.empty();
    builder.turn = turn.withFewestTurns(point.turn());
    return builder.build();
  }

  /** The same request, as far as the conversation keeps its turn; this one where that is all. */
  public CompletionRequest kept() {
    boolean bringsNothing =
        turn.instructions().orElse("").isEmpty() && tools().isEmpty() && constraint.isEmpty();
    if (turn.instructions().isEmpty()
        || bringsNothing
        || !(prompt instanceof Prompt.Chat(List<ChatMessage> said, _, _, boolean continued))) {
      return this;
    }
    Builder builder = but();
    builder.prompt = new Prompt.Chat(said, List.of(), continued);
    builder.constraint = Optional.empty();
    builder.turn = turn.withInstructions(Optional.empty());
    return builder.build();
  }

  /** The prompt's messages; none where it is a text. */
  public List<ChatMessage> messages() {
    return prompt instanceof Prompt.Chat chat ? chat.messages() : List.of();
  }

  /** The prompt's definitions of tools. */
  public List<String> tools() {
    return prompt instanceof Prompt.Chat chat ? chat.tools() : List.of();
  }

  /** A request in the making. */
  public static final class Builder {
    private final String requestId;
    private String conversationId;
    private Prompt prompt;
    private StopConditions stop = StopConditions.DEFAULT;
    private SamplingParams sampling = SamplingParams.DEFAULT;
    private Optional<OutputConstraint> constraint = Optional.empty();
    private AnswerOptions options = AnswerOptions.DEFAULT;
    private HistoryMode history = HistoryMode.APPEND;
    private Optional<ContextOverflow> overflow = Optional.empty();
    private boolean reset;
    private Optional<ForkPoint> fork = Optional.empty();
    private TurnOptions turn = TurnOptions.DEFAULT;
    private Schedule schedule = Schedule.DEFAULT;
    private Optional<SourceRecord> origin = Optional.empty();

    private Builder(String requestId, String conversationId) {
      this.requestId = requestId;
      this.conversationId = conversationId;
    }

    public Builder prompt(Prompt value) {
      prompt = value;
      return this;
    }

    public Builder messages(List<ChatMessage> messages) {
      return prompt(new Prompt.Chat(messages, List.of()));
    }

    public Builder stop(StopConditions value) {
      stop = value;
      return this;
    }

    public Builder maxTokens(int most) {
      return stop(stop.withMaxTokens(most));
    }

    public Builder sampling(SamplingParams value) {
      sampling = value;
      return this;
    }

    public Builder constraint(OutputConstraint value) {
      return constraint(Optional.of(value));
    }

    public Builder constraint(Optional<OutputConstraint> value) {
      constraint = value;
      return this;
    }

    public Builder options(AnswerOptions value) {
      options = value;
      return this;
    }

    public Builder stream() {
      return options(options.withStream(true));
    }

    public Builder history(HistoryMode value) {
      history = value;
      return this;
    }

    public Builder overflow(Optional<ContextOverflow> value) {
      overflow = value;
      return this;
    }

    public Builder reset(boolean value) {
      reset = value;
      return this;
    }

    public Builder fork(Optional<ForkPoint> value) {
      fork = value;
      return this;
    }

    public Builder turn(TurnOptions value) {
      turn = value;
      return this;
    }

    public Builder schedule(Schedule value) {
      schedule = value;
      return this;
    }

    public Builder origin(Optional<SourceRecord> value) {
      origin = value;
      return this;
    }

    /**
     * @throws InvalidRequestException if there can be no such request
     */
    public CompletionRequest build() {
      return new CompletionRequest(
          requestId,
          conversationId,
          prompt,
          stop,
          sampling,
          constraint,
          options,
          history,
          overflow,
          reset,
          fork,
          turn,
          schedule,
          origin);
    }
  }
}
