package io.flinkmistral.operator;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.batch.Progress;
import io.flinkmistral.generation.Choices;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.operator.metrics.MistralMetrics;
import io.flinkmistral.operator.metrics.RequestTimes;
import io.flinkmistral.operator.moderation.Judge;
import io.flinkmistral.operator.moderation.JudgedText;
import io.flinkmistral.operator.moderation.TurnJudging;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Timings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.flink.util.function.ThrowingRunnable;

/**
 * A conversation whose request is being answered, on the task's thread: what of its answers has
 * been taken in. The engine may be ahead of that.
 */
final class LiveConversation {
  private final TurnPlan plan;
  private final int promptTokens;
  private final Choices choices;
  private final KeptTurn kept;

  /** The first page that must stay in state until all answers are whole. */
  private final int sharedFrom;

  private final List<LiveChoice> answers = new ArrayList<>();
  private final long beganMillis = System.currentTimeMillis();
  private final long beganNanos = System.nanoTime();
  private Optional<TurnJudging> judging = Optional.empty();

  /** Answers whose last pieces have gone out after they were judged. */
  private final BitSet said = new BitSet();

  private long firstTokenNanos;
  private long lastTokenNanos;

  private LiveConversation(
      TurnPlan plan, int promptTokens, Choices choices, KeptTurn kept, int sharedFrom) {
    this.plan = plan;
    this.promptTokens = promptTokens;
    this.choices = choices;
    this.kept = kept;
    this.sharedFrom = sharedFrom;
    for (int i = 0; i < plan.queued().request().options().choices(); i++) {
      answers.add(new LiveChoice(i));
    }
  }

  /**
   * The conversation goes live.
   *
   * @param cache holds what there is in state of its ended turns and of this one
   * @param branches gives branches of it, whose owner is who gives them
   */
  static LiveConversation start(
      TurnPlan plan, KvCache cache, Supplier<KvCache> branches, LanguageModel model)
      throws Exception {
    TurnInFlight turn = plan.turn();
    CompletionRequest request = plan.queued().request();
    int[] history = plan.conversation().history();
    int[] prompt = Arrays.copyOf(history, history.length + turn.prompt().length);
    System.arraycopy(turn.prompt(), 0, prompt, history.length, turn.prompt().length);
    Choices choices =
        model.choices(
            request,
            prompt,
            plan.conversation().answersSoFar(turn, request.options().choices()),
            turn.cachedTokens(),
            cache,
            branches,
            plan.limits());
    int sharedFrom =
        Choices.isPromptByItself(request)
            ? model.kvWindow().firstKept(prompt.length - 1)
            : Integer.MAX_VALUE;
    boolean first = history.length == 0;
    KeptTurn kept =
        KeptTurn.of(
            request,
            turn.prompt(),
            one -> model.encodeTurn(first, one),
            Thread::startVirtualThread);
    return new LiveConversation(plan, prompt.length, choices, kept, sharedFrom);
  }

  Conversation conversation() {
    return plan.conversation();
  }

  /** The sequences that write its answers. */
  Choices choices() {
    return choices;
  }

  /** Has judged what its request wants to be judged. */
  void beginJudging(
      Judge judge, Optional<JudgedText> prompt, ThrowingRunnable<Exception> whenJudged) {
    judging = TurnJudging.of(request(), prompt, judge, whenJudged);
  }

  /** What is judged of it, if anything is. */
  Optional<TurnJudging> judging() {
    return judging;
  }

  /** Answers that all is known of since the last call, if nothing has failed. */
  List<Integer> judgedAndUnsaid() {
    List<Integer> judged = new ArrayList<>();
    for (int choice = said.nextClearBit(0);
        choice < answers.size();
        choice = said.nextClearBit(choice + 1)) {
      int one = choice;
      if (judging.filter(all -> all.isJudged(one) && all.failure().isEmpty()).isPresent()) {
        judged.add(choice);
        said.set(choice);
      }
    }
    return judged;
  }

  /** All its answers as they go out, when all of them are judged that are to be. */
  Completion judged(Completion completion) {
    return judging
        .map(
            all ->
                completion.withAnswers(
                    IntStream.range(0, answers.size())
                        .mapToObj(i -> all.judged(i, completion.answers().get(i)))
                        .toList()))
        .orElse(completion);
  }

  CompletionRequest request() {
    return plan.queued().request();
  }

  OptionalLong timestamp() {
    return plan.queued().timestamp();
  }

  /** What the conversation is to keep of the turn. */
  KeptTurn kept() {
    return kept;
  }

  /** Tokens of the conversation before the answers. */
  int promptTokens() {
    return promptTokens;
  }

  /** Those of them whose keys and values were in state. */
  int cachedTokens() {
    return plan.turn().cachedTokens();
  }

  /** Turns that made way for this one. */
  int droppedTurns() {
    return plan.turn().droppedTurns();
  }

  /** Takes in what a pass gave: pages go to state now, and tokens with the next checkpoint. */
  void takeIn(Progress.Advanced advanced, MistralMetrics metrics) throws Exception {
    metrics.advanced(advanced);
    if (choices.isOfConversation(advanced.sequence())) {
      conversation().appendPages(advanced.filled(), Math.min(advanced.firstPage(), sharedFrom));
    }
    if (advanced.sequence() instanceof Generation answer && !advanced.drawn().isEmpty()) {
      answers.get(answer.choice()).takeIn(advanced, metrics);
      lastTokenNanos = advanced.pass().nanos();
      firstTokenNanos = firstTokenNanos == 0 ? lastTokenNanos : firstTokenNanos;
    }
  }

  /** Writes to state what of the answers is not there yet. */
  void save() throws Exception {
    for (LiveChoice answer : answers) {
      answer.save(conversation());
    }
  }

  /**
   * The answers are whole, and the first one is part of the history.
   *
   * @return whether pages have gone that memory may still have
   */
  boolean end(Completion completion, LanguageModel model) throws Exception {
    conversation().appendPages(List.of(), choices.firstPage());
    return kept.append(
        conversation(),
        completion.historyTokens(),
        completion.finishReason() == FinishReason.TOOL_CALLS,
        model);
  }

  /** How long the answers took so far. */
  RequestTimes times() {
    long firstToken = firstTokenNanos == 0 ? System.nanoTime() : firstTokenNanos;
    long lastToken = firstTokenNanos == 0 ? firstToken : lastTokenNanos;
    return new RequestTimes(
        Duration.ofMillis(Math.max(0, beganMillis - plan.queued().arrivedMillis())),
        Duration.ofNanos(firstToken - beganNanos),
        Duration.ofNanos(lastToken - firstToken));
  }

  /** The same, as its answer says it. */
  Timings timings() {
    RequestTimes times = times();
    return new Timings(
        System.currentTimeMillis(),
        times.queue().toMillis(),
        times.prefill().toMillis(),
        times.decode().toMillis(),
        choices.sharedTokens());
  }
}
