package io.flinkmistral.generation;

import io.flinkmistral.generation.text.AnswerSoFar;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.ModerationReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The answers to a request that is ended before they are all whole. Those that are stay as they
 * are. How likely the prompt was is not said: it is not known in every run.
 *
 * @param completion all of them
 * @param cut those that were not whole
 */
public record CutAnswers(Completion completion, List<CutAnswer> cut) {
  public CutAnswers {
    cut = List.copyOf(cut);
  }

  /**
   * Answers that are ended before they are all whole.
   *
   * @param before what of each answer is known, in their order
   * @param begin an answer of which something is known, as it would go on
   * @param cut the same answer as it is
   */
  public static CutAnswers of(
      List<AnswerSoFar> before,
      Function<AnswerSoFar, Generation> begin,
      Function<AnswerSoFar, CutAnswer> cut) {
    List<Completion> all = new ArrayList<>();
    List<CutAnswer> notWhole = new ArrayList<>();
    for (AnswerSoFar known : before) {
      // One that is alone is not whole: its turn would be over.
      Optional<Completion> whole =
          before.size() == 1 ? Optional.empty() : begin.apply(known).completion();
      if (whole.isEmpty()) {
        notWhole.add(cut.apply(known));
      }
      all.add(whole.orElseGet(() -> notWhole.getLast().completion()));
    }
    return new CutAnswers(Completion.of(all, Optional.empty()), notWhole);
  }

  /**
   * The same of answers that are judged. Those that are whole are cut as well, at their end: it may
   * be that their judgement was still waited for.
   *
   * @param reason what ends them
   */
  public static CutAnswers ofJudged(
      List<AnswerSoFar> before,
      Function<AnswerSoFar, Generation> begin,
      Function<AnswerSoFar, CutAnswer> cut,
      FinishReason reason) {
    List<CutAnswer> all =
        before.stream()
            .map(
                known -> {
                  Generation answer = begin.apply(known);
                  return answer
                      .completion()
                      .map(whole -> CutAnswer.whole(whole, answer.pieces().getLast(), reason))
                      .orElseGet(() -> cut.apply(known));
                })
            .toList();
    return new CutAnswers(
        Completion.of(all.stream().map(CutAnswer::completion).toList(), Optional.empty()), all);
  }

  /** Answers that were never begun. */
  public static CutAnswers notBegun(CompletionRequest request, FinishReason reason) {
    List<CutAnswer> all =
        IntStream.range(0, request.options().choices())
            .mapToObj(choice -> CutAnswer.notBegun(request, choice, reason))
            .toList();
    return new CutAnswers(
        Completion.of(all.stream().map(CutAnswer::completion).toList(), Optional.empty()), all);
  }

  /** The same, without anything of what they say. */
  public CutAnswers withoutWords() {
    return new CutAnswers(
        completion.withAnswers(completion.answers().stream().map(Answer::withoutWords).toList()),
        cut.stream().map(CutAnswer::withoutWords).toList());
  }

  /** The same, judged. */
  public CutAnswers withModeration(ModerationReport report) {
    return new CutAnswers(
        completion.withAnswers(
            completion.answers().stream().map(answer -> answer.withModeration(report)).toList()),
        cut.stream().map(answer -> answer.withModeration(report)).toList());
  }

  /** The same, for which so many turns made way. */
  public CutAnswers withDroppedTurns(int dropped) {
    return new CutAnswers(
        completion.withDroppedTurns(dropped),
        cut.stream().map(answer -> answer.withDroppedTurns(dropped)).toList());
  }
}
