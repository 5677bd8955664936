package io.flinkmistral.table.column;

import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Verdict;
import io.flinkmistral.task.prompt.Provenance;
import io.flinkmistral.task.work.TaskResult;
import java.io.Serializable;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/**
 * A column of OUTPUT.
 *
 * @param source what stands in it
 */
public record OutputColumn(String name, LogicalType type, Source source) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** What can stand in a column. */
  public enum Source {
    /** The answer, label, labels, log-likelihood, a text's vector, or whether it is flagged. */
    RESULT,
    /** How probable the label is. */
    PROBABILITY,
    /** Probabilities of all labels or categories, or log-likelihoods of all tokens. */
    DETAILS,
    /** The categories that a text falls into. */
    CATEGORIES,
    /** The score of a category of that name, or whether the text falls into it. */
    CATEGORY,
    /** A field of that name. */
    FIELD,
    /** Why there is no result. */
    ERROR,
    FINISH_REASON,
    PROMPT_TOKENS,
    COMPLETION_TOKENS,
    TRUNCATED,
    PROMPT_HASH,
    MODEL_FINGERPRINT
  }

  /** As table data. */
  public Object of(TaskResult result) {
    return InternalValues.of(type, value(result));
  }

  /** As table data, where there is no result. */
  public Object of(InvalidRequestException error) {
    return source == Source.ERROR ? InternalValues.of(type, text(error)) : null;
  }

  private static String text(InvalidRequestException error) {
    ErrorCode code = error.code();
    return "%s: %s".formatted(code.wireName(), error.getMessage());
  }

  private Object value(TaskResult result) {
    Provenance from = result.provenance();
    return switch (source) {
      case RESULT -> main(result);
      case PROBABILITY -> ((TaskResult.Label) result).probability();
      case DETAILS -> details(result);
      case CATEGORIES -> ((TaskResult.Moderation) result).verdict().flaggedCategories();
      case CATEGORY -> category(((TaskResult.Moderation) result).verdict());
      case FIELD -> ((TaskResult.Fields) result).values().get(name);
      case ERROR -> null;
      case FINISH_REASON -> from.finishReason().map(FinishReason::wireName).orElse(null);
      case PROMPT_TOKENS -> from.promptTokens();
      case COMPLETION_TOKENS -> from.completionTokens();
      case TRUNCATED -> from.truncated();
      case PROMPT_HASH -> from.promptHash();
      case MODEL_FINGERPRINT -> from.model();
    };
  }

  /** NULL where it was not asked for. */
  private Object category(Verdict verdict) {
    return type.is(LogicalTypeRoot.BOOLEAN)
        ? verdict.categories().get(name)
        : verdict.scores().get(name);
  }

  private static Object main(TaskResult result) {
    return switch (result) {
      case TaskResult.Text text -> text.text();
      case TaskResult.Label label -> label.label().orElse(null);
      case TaskResult.Labels labels -> labels.labels();
      case TaskResult.Fields fields -> fields.json();
      case TaskResult.Score score -> score.logLikelihood();
      case TaskResult.Vector vector -> list(vector.values());
      case TaskResult.Moderation moderation -> moderation.verdict().flagged();
    };
  }

  private static List<Double> list(float[] values) {
    return IntStream.range(0, values.length).mapToObj(i -> (double) values[i]).toList();
  }

  private static Object details(TaskResult result) {
    return switch (result) {
      case TaskResult.Label label -> label.probabilities();
      case TaskResult.Labels labels -> labels.probabilities();
      case TaskResult.Score score -> score.tokens();
      case TaskResult.Moderation moderation -> moderation.verdict().scores();
      case TaskResult.Text _, TaskResult.Fields _, TaskResult.Vector _ ->
          throw new IllegalStateException("no details are in " + result.getClass());
    };
  }
}
