package io.flinkmistral.task.work;

import io.flinkmistral.protocol.Verdict;
import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.EmbeddingTask;
import io.flinkmistral.task.ExtractionTask;
import io.flinkmistral.task.ModerationTask;
import io.flinkmistral.task.ScoringTask;
import io.flinkmistral.task.prompt.Provenance;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What came of a record. */
public sealed interface TaskResult {
  Provenance provenance();

  /** Of a {@link CompletionTask}. */
  record Text(String text, Provenance provenance) implements TaskResult {}

  /**
   * Of a {@link ClassificationTask} of one label.
   *
   * @param label the most probable one; none where it is less probable than it has to be
   * @param probabilities of all labels, in their order
   */
  record Label(Optional<String> label, Map<String, Double> probabilities, Provenance provenance)
      implements TaskResult {
    /** Of the most probable label. */
    public double probability() {
      return probabilities.values().stream().mapToDouble(p -> p).max().orElse(0);
    }
  }

  /**
   * Of a {@link ClassificationTask} of any labels.
   *
   * @param labels those that are probable enough, the most probable one first
   * @param probabilities of all labels, in their order
   */
  record Labels(List<String> labels, Map<String, Double> probabilities, Provenance provenance)
      implements TaskResult {}

  /**
   * Of an {@link ExtractionTask}.
   *
   * @param values of all fields, in their order; {@code null} where the text says nothing
   * @param json the same as the model has written it
   */
  record Fields(Map<String, Object> values, String json, Provenance provenance)
      implements TaskResult {}

  /**
   * Of a {@link ScoringTask}.
   *
   * @param logLikelihood natural logarithm of the continuation's probability
   * @param tokens of each of its tokens
   */
  record Score(double logLikelihood, List<Double> tokens, Provenance provenance)
      implements TaskResult {}

  /** Of a {@link ModerationTask}. */
  record Moderation(Verdict verdict, Provenance provenance) implements TaskResult {}

  /**
   * Of an {@link EmbeddingTask}.
   *
   * @param values as many as the model has dimensions
   */
  record Vector(float[] values, Provenance provenance) implements TaskResult {
    @Override
    public boolean equals(Object other) {
      return other instanceof Vector(float[] others, Provenance from)
          && Arrays.equals(values, others)
          && provenance.equals(from);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(values) + provenance.hashCode();
    }
  }
}
