package io.flinkmistral.table.declaration;

import static org.apache.flink.table.types.logical.LogicalTypeRoot.ARRAY;
import static org.apache.flink.table.types.logical.LogicalTypeRoot.BOOLEAN;
import static org.apache.flink.table.types.logical.LogicalTypeRoot.DOUBLE;
import static org.apache.flink.table.types.logical.LogicalTypeRoot.FLOAT;
import static org.apache.flink.table.types.logical.LogicalTypeRoot.INTEGER;
import static org.apache.flink.table.types.logical.LogicalTypeRoot.MAP;
import static org.apache.flink.table.types.logical.LogicalTypeRoot.VARCHAR;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.table.column.OutputColumn;
import io.flinkmistral.table.column.OutputColumn.Source;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;

/**
 * What stands in each column of OUTPUT: columns of some names say where a row came from or what
 * went wrong with it; of the others, the task's results go by the type. With task {@code extract},
 * these others are the schema.
 */
final class OutputColumns {
  /** What a type is for, and the words for it. */
  private record Place(Source source, Predicate<LogicalType> fits, String words) {}

  private static final String PARAMETER = "OUTPUT";

  /** What a column has by its own name, so that there may be several. */
  private static final Set<Source> OWN_NAMES = EnumSet.of(Source.FIELD, Source.CATEGORY);

  private static final Map<String, Place> BY_NAME =
      Map.of(
          "error_string", new Place(Source.ERROR, OutputColumns::isText, "STRING"),
          "error-string", new Place(Source.ERROR, OutputColumns::isText, "STRING"),
          "finish_reason", new Place(Source.FINISH_REASON, OutputColumns::isText, "STRING"),
          "prompt_tokens", new Place(Source.PROMPT_TOKENS, any(INTEGER), "INT"),
          "completion_tokens", new Place(Source.COMPLETION_TOKENS, any(INTEGER), "INT"),
          "truncated", new Place(Source.TRUNCATED, any(BOOLEAN), "BOOLEAN"),
          "prompt_hash", new Place(Source.PROMPT_HASH, OutputColumns::isText, "STRING"),
          "model_fingerprint",
              new Place(Source.MODEL_FINGERPRINT, OutputColumns::isText, "STRING"));

  private static final Place TEXT = new Place(Source.RESULT, OutputColumns::isText, "STRING");
  private static final Place LIKELIHOOD = new Place(Source.RESULT, any(DOUBLE), "DOUBLE");
  private static final Place TEXTS =
      new Place(Source.RESULT, list(OutputColumns::isText), "ARRAY<STRING>");
  private static final Place VECTOR =
      new Place(Source.RESULT, list(any(FLOAT, DOUBLE)), "ARRAY<FLOAT> or ARRAY<DOUBLE>");
  private static final Place PROBABILITY =
      new Place(Source.PROBABILITY, any(FLOAT, DOUBLE), "DOUBLE (its probability)");
  private static final Place ALL_LABELS =
      new Place(Source.DETAILS, OutputColumns::isLabelMap, "MAP<STRING, DOUBLE> (of all labels)");
  private static final Place ALL_TOKENS =
      new Place(Source.DETAILS, list(any(DOUBLE)), "ARRAY<DOUBLE> (of all tokens)");

  private static final Place FLAGGED =
      new Place(Source.RESULT, any(BOOLEAN), "BOOLEAN (whether it is flagged)");
  private static final Place CATEGORIES =
      new Place(Source.CATEGORIES, list(OutputColumns::isText), "ARRAY<STRING> (its categories)");
  private static final Place ALL_SCORES =
      new Place(Source.DETAILS, OutputColumns::isLabelMap, "MAP<STRING, DOUBLE> (of all scores)");
  private static final Place CATEGORY =
      new Place(Source.CATEGORY, any(DOUBLE, BOOLEAN), "DOUBLE (its score) or BOOLEAN");

  private final TaskKind task;
  private final boolean multiLabel;
  private final List<String> judged;

  /**
   * @param judged names of what a moderator scores; none for other tasks
   */
  OutputColumns(TaskKind task, boolean multiLabel, List<String> judged) {
    this.task = task;
    this.multiLabel = multiLabel;
    this.judged = judged;
  }

  /**
   * @throws InvalidRequestException where a column has no place in the task, or none has the result
   */
  List<OutputColumn> of(RowType output) {
    List<OutputColumn> columns = new ArrayList<>();
    for (RowType.RowField field : output.getFields()) {
      columns.add(new OutputColumn(field.getName(), field.getType(), source(field)));
    }
    requireDifferent(columns);
    return List.copyOf(columns);
  }

  private Source source(RowType.RowField field) {
    Place named = judged.contains(field.getName()) ? CATEGORY : BY_NAME.get(field.getName());
    if (named != null) {
      if (!named.fits().test(field.getType())) {
        throw refused(field, "be %s, or have another name".formatted(named.words()));
      }
      return named.source();
    }
    if (task == TaskKind.EXTRACT) {
      return Source.FIELD;
    }
    Optional<Place> place =
        places().stream().filter(p -> p.fits().test(field.getType())).findFirst();
    return place
        .orElseThrow(
            () ->
                refused(
                    field,
                    "be " + String.join(", or ", places().stream().map(Place::words).toList())))
        .source();
  }

  private List<Place> places() {
    return switch (task) {
      case COMPLETION -> List.of(TEXT);
      case CLASSIFY ->
          multiLabel ? List.of(TEXTS, ALL_LABELS) : List.of(TEXT, PROBABILITY, ALL_LABELS);
      case SCORE -> List.of(LIKELIHOOD, ALL_TOKENS);
      case EMBEDDING -> List.of(VECTOR);
      case MODERATE -> List.of(FLAGGED, CATEGORIES, ALL_SCORES);
      case EXTRACT -> List.of();
    };
  }

  private InvalidRequestException refused(RowType.RowField field, String must) {
    return new InvalidRequestException(
        PARAMETER,
        "column %s of OUTPUT is of type %s, but with task %s it must %s"
            .formatted(
                Excerpt.of(field.getName()),
                Excerpt.of(field.getType().asSummaryString()),
                task.word(),
                must));
  }

  private void requireDifferent(List<OutputColumn> columns) {
    Set<Source> seen = new HashSet<>();
    for (OutputColumn column : columns) {
      if (!OWN_NAMES.contains(column.source()) && !seen.add(column.source())) {
        throw new InvalidRequestException(
            PARAMETER,
            "column %s of OUTPUT would have what another column has: leave one of them out"
                .formatted(Excerpt.of(column.name())));
      }
    }
    Set<Source> results =
        EnumSet.of(Source.RESULT, Source.PROBABILITY, Source.CATEGORIES, Source.DETAILS);
    results.addAll(OWN_NAMES);
    if (columns.stream().noneMatch(column -> results.contains(column.source()))) {
      throw new InvalidRequestException(
          PARAMETER, "OUTPUT has no column for the result of task " + task.word());
    }
  }

  private static boolean isText(LogicalType type) {
    return type instanceof VarCharType text && text.getLength() == VarCharType.MAX_LENGTH;
  }

  private static Predicate<LogicalType> any(LogicalTypeRoot... roots) {
    return type -> type.isAnyOf(roots);
  }

  private static Predicate<LogicalType> list(Predicate<LogicalType> element) {
    return type -> type.is(ARRAY) && element.test(type.getChildren().getFirst());
  }

  private static boolean isLabelMap(LogicalType type) {
    return type.is(MAP)
        && type.getChildren().get(0).is(VARCHAR)
        && type.getChildren().get(1).is(DOUBLE);
  }
}
