package io.flinkmistral.generation.text;

import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.PromptLogprobs;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.protocol.Usage;
import java.util.List;
import java.util.Optional;

/**
 * A whole answer to a request, or all its answers.
 *
 * @param answers what they say, in their order
 * @param promptLogprobs how likely the prompt's tokens were, where that was asked for
 * @param usage what all of them took together
 * @param historyTokens the first one's tokens as a conversation keeps them: EOS follows, whatever
 *     has ended it, but where the conversation is a text that goes on
 * @param sharedTokens tokens before the answers that neither state held nor this request computed,
 *     but another that began alike; they differ from run to run
 */
public record Completion(
    List<Answer> answers,
    Optional<PromptLogprobs> promptLogprobs,
    Usage usage,
    int[] historyTokens,
    int sharedTokens) {
  public Completion {
    answers = List.copyOf(answers);
  }

  /** One answer. */
  public Completion(Answer answer, Usage usage, int[] historyTokens, int sharedTokens) {
    this(List.of(answer), Optional.empty(), usage, historyTokens, sharedTokens);
  }

  /**
   * All answers to a request.
   *
   * @param answers each of them, at least one
   */
  public static Completion of(List<Completion> answers, Optional<PromptLogprobs> promptLogprobs) {
    return new Completion(
        answers.stream().map(Completion::answer).toList(),
        promptLogprobs,
        answers.stream().map(Completion::usage).reduce(Usage::with).orElseThrow(),
        answers.getFirst().historyTokens(),
        answers.getFirst().sharedTokens());
  }

  /** The same, for which so many turns made way. */
  public Completion withDroppedTurns(int dropped) {
    return new Completion(
        answers, promptLogprobs, usage.withDroppedTurns(dropped), historyTokens, sharedTokens);
  }

  /** The same with other answers in place of its own. */
  public Completion withAnswers(List<Answer> others) {
    return new Completion(others, promptLogprobs, usage, historyTokens, sharedTokens);
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
