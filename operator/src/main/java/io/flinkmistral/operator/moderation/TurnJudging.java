package io.flinkmistral.operator.moderation;

import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.ModerationReport;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.util.function.ThrowingRunnable;

/**
 * What is judged of a turn that has begun: its prompt, while it is answered, and each of its
 * answers when it is whole.
 */
public final class TurnJudging {
  private final CompletionRequest request;
  private final Moderation moderation;
  private final Judge judge;
  private final ThrowingRunnable<Exception> whenJudged;
  private final JudgedText prompt;

  /** By their places among the answers. */
  private final SortedMap<Integer, JudgedText> answers = new TreeMap<>();

  private TurnJudging(
      CompletionRequest request,
      Moderation moderation,
      Optional<JudgedText> prompt,
      Judge judge,
      ThrowingRunnable<Exception> whenJudged) {
    this.request = request;
    this.moderation = moderation;
    this.judge = judge;
    this.whenJudged = whenJudged;
    this.prompt =
        prompt.orElseGet(
            () ->
                moderation.judgesPrompt()
                    ? judge.judge(TurnWords.ofPrompt(request), request, whenJudged)
                    : JudgedText.nothing());
  }

  /**
   * That of a request, if it has anything judged.
   *
   * @param prompt where it was judged before the turn began
   * @param whenJudged is run as a mail when a text is judged
   */
  public static Optional<TurnJudging> of(
      CompletionRequest request,
      Optional<JudgedText> prompt,
      Judge judge,
      ThrowingRunnable<Exception> whenJudged) {
    return request
        .turn()
        .moderation()
        .map(moderation -> new TurnJudging(request, moderation, prompt, judge, whenJudged));
  }

  /**
   * Whether a piece of an answer does not go out as it is drawn.
   *
   * @param last whether it is the answer's last one, which tells what was judged
   */
  public boolean holdsBack(boolean last) {
    return last || moderation.blocksAnswer();
  }

  /** Whether none of an answer's pieces has gone out before it is judged. */
  public boolean holdsAllBack() {
    return moderation.blocksAnswer();
  }

  /** An answer is whole; it may be said twice. */
  public void answered(int choice, Answer answer) {
    answers.computeIfAbsent(
        choice,
        _ ->
            moderation.judgesAnswer()
                ? judge.judge(TurnWords.ofAnswer(request, answer), request, whenJudged)
                : JudgedText.nothing());
  }

  /** Whether all is known of an answer that is to be known. */
  public boolean isJudged(int choice) {
    return prompt.isOver() && answers.containsKey(choice) && answers.get(choice).isOver();
  }

  /** Whether all is known of all answers. */
  public boolean isOver() {
    return prompt.isOver()
        && answers.size() == request.options().choices()
        && answers.values().stream().allMatch(JudgedText::isOver);
  }

  /** Why what is to be judged cannot be, where that is so. */
  public Optional<InvalidRequestException> failure() {
    return Stream.concat(Stream.of(prompt), answers.values().stream())
        .flatMap(text -> text.failure().stream())
        .findFirst();
  }

  /** An answer as it goes out. */
  public Answer judged(int choice, Answer answer) {
    JudgedText own = answers.get(choice);
    Answer told = answer.withModeration(new ModerationReport(prompt.judgement(), own.judgement()));
    boolean blocked =
        moderation.blocksPrompt() && prompt.isFlagged()
            || moderation.blocksAnswer() && own.isFlagged();
    return blocked ? told.withFinishReason(FinishReason.CONTENT_FILTER).withoutWords() : told;
  }

  /** Nobody waits for it any more. */
  public void cancel() {
    prompt.cancel();
    answers.values().forEach(JudgedText::cancel);
  }
}
