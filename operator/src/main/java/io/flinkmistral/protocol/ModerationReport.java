package io.flinkmistral.protocol;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * What was judged of a turn. It depends on the model, the texts and the {@link Moderation}, and on
 * nothing else.
 *
 * @param prompt of what the user has said; absent where it was not judged, or there was no text
 * @param answer of the answer that has this report; absent in the same cases, and where the prompt
 *     has kept it from being written
 */
public record ModerationReport(Optional<Judgement> prompt, Optional<Judgement> answer) {
  /**
   * Of one text.
   *
   * @param verdict whether something is wrong with it, and what
   * @param tokens that judging took in: those of the text with what its template puts around them,
   *     and of what might be answered. Whole pages of the rubric, which is the same for all texts,
   *     are computed once for all and do not count. None of these are in {@link Usage}
   */
  public record Judgement(Verdict verdict, int tokens) {}

  /** Whether something is wrong with one of them. */
  public boolean isFlagged() {
    return all().anyMatch(judgement -> judgement.verdict().flagged());
  }

  /** Tokens that judging took in. */
  public int tokens() {
    return all().mapToInt(Judgement::tokens).sum();
  }

  private Stream<Judgement> all() {
    return Stream.concat(prompt.stream(), answer.stream());
  }
}
