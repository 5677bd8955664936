package io.flinkmistral.jobs.evaluation.comparison;

import java.util.Comparator;

/** What tells a question from all others. */
public record QuestionKey(String group, String id) implements Comparable<QuestionKey> {
  private static final Comparator<QuestionKey> ORDER =
      Comparator.comparing(QuestionKey::group).thenComparing(QuestionKey::id);

  @Override
  public int compareTo(QuestionKey other) {
    return ORDER.compare(this, other);
  }
}
