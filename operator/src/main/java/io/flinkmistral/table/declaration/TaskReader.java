package io.flinkmistral.table.declaration;

import io.flinkmistral.generation.Embedding;
import io.flinkmistral.operator.options.WrittenList;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.table.column.FieldTypes;
import io.flinkmistral.table.column.OutputColumn;
import io.flinkmistral.table.column.OutputColumn.Source;
import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.DecodingSettings;
import io.flinkmistral.task.EmbeddingTask;
import io.flinkmistral.task.ExamplesReader;
import io.flinkmistral.task.ExtractionTask;
import io.flinkmistral.task.ModerationTask;
import io.flinkmistral.task.Rubric;
import io.flinkmistral.task.RubricReader;
import io.flinkmistral.task.ScoringTask;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.field.FieldType;
import io.flinkmistral.task.prompt.ContextOverflow;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TaskLimits;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.types.logical.RowType;

/** Template, task and limits out of a model's options. */
public final class TaskReader {
  private static final Map<TaskKind, Set<ConfigOption<?>>> OWN =
      new EnumMap<>(
          Map.of(
              TaskKind.COMPLETION,
              Set.of(
                  ModelOptions.TEMPERATURE,
                  ModelOptions.TOP_P,
                  ModelOptions.SEED,
                  ModelOptions.STOP,
                  ModelOptions.MAX_TOKENS),
              TaskKind.CLASSIFY,
              Set.of(
                  ModelOptions.INSTRUCTION,
                  ModelOptions.LABELS,
                  ModelOptions.EXAMPLES,
                  ModelOptions.MULTI_LABEL,
                  ModelOptions.THRESHOLD,
                  ModelOptions.MIN_PROBABILITY),
              TaskKind.EXTRACT,
              Set.of(
                  ModelOptions.INSTRUCTION,
                  ModelOptions.TEMPERATURE,
                  ModelOptions.TOP_P,
                  ModelOptions.SEED,
                  ModelOptions.MAX_TOKENS),
              TaskKind.SCORE,
              Set.of(ModelOptions.CONTINUATION),
              TaskKind.EMBEDDING,
              Set.of(ModelOptions.POOLING),
              TaskKind.MODERATE,
              Set.of(ModelOptions.RUBRIC, ModelOptions.CATEGORIES, ModelOptions.THRESHOLD)));

  private final ReadableConfig options;
  private final TaskKind kind;

  /**
   * @param options checked
   * @throws InvalidRequestException where one is another task's
   */
  TaskReader(ReadableConfig options) {
    this.options = options;
    this.kind = TaskKind.of(options.get(ModelOptions.TASK));
    for (Set<ConfigOption<?>> ofTask : OWN.values()) {
      for (ConfigOption<?> option : ofTask) {
        if (!OWN.get(kind).contains(option) && options.toMap().containsKey(option.key())) {
          throw new InvalidRequestException(
              option.key(),
              "option %s is none of task %s, but of %s"
                  .formatted(option.key(), kind.word(), tasksOf(option)));
        }
      }
    }
  }

  private static String tasksOf(ConfigOption<?> option) {
    return OWN.entrySet().stream()
        .filter(entry -> entry.getValue().contains(option))
        .map(entry -> entry.getKey().word())
        .reduce((a, b) -> a + " and " + b)
        .orElseThrow();
  }

  TaskKind kind() {
    return kind;
  }

  List<OutputColumn> outputs(RowType output) {
    boolean multiLabel = kind == TaskKind.CLASSIFY && options.get(ModelOptions.MULTI_LABEL);
    List<String> judged = kind == TaskKind.MODERATE ? rubric().names() : List.of();
    return new OutputColumns(kind, multiLabel, judged).of(output);
  }

  private Rubric rubric() {
    return RubricReader.read(options.get(ModelOptions.RUBRIC));
  }

  private ModerationTask moderation() {
    Rubric rubric = rubric();
    if (options.getOptional(ModelOptions.PROMPT).isPresent()) {
      rubric.requireNoPrompt(ModelOptions.PROMPT.key());
    }
    return ModerationTask.of(
        rubric,
        options.get(ModelOptions.THRESHOLD),
        list(ModelOptions.CATEGORIES, options.get(ModelOptions.CATEGORIES)).entries());
  }

  private static WrittenList list(ConfigOption<String> option, String text) {
    return WrittenList.withCommas(option.key(), text);
  }

  private PromptTemplate ofColumns(List<String> columns) {
    return kind == TaskKind.MODERATE
        ? rubric().template(columns)
        : PromptTemplate.ofColumns(columns);
  }

  /** The prompt over the columns of INPUT. */
  PromptTemplate template(List<String> columns) {
    PromptTemplate template =
        options
            .getOptional(ModelOptions.PROMPT)
            .map(PromptTemplate::of)
            .orElseGet(() -> ofColumns(columns))
            .withSystemPrompt(options.get(ModelOptions.SYSTEM_PROMPT))
            .requireColumns(columns);
    return options.get(ModelOptions.PROMPT_FORM).equals("text") ? template.asText() : template;
  }

  /**
   * @param comments of columns of OUTPUT, by name
   */
  Task task(List<OutputColumn> outputs, Function<String, String> comments) {
    return switch (kind) {
      case COMPLETION -> new CompletionTask(decoding());
      case CLASSIFY -> classification();
      case EXTRACT -> extraction(outputs, comments);
      case SCORE -> new ScoringTask(required(ModelOptions.CONTINUATION, "{{answer}}"));
      case MODERATE -> moderation();
      case EMBEDDING ->
          new EmbeddingTask(
              Embedding.Pooling.valueOf(
                  options.get(ModelOptions.POOLING).toUpperCase(Locale.ROOT)));
    };
  }

  private ExtractionTask extraction(List<OutputColumn> outputs, Function<String, String> comments) {
    List<FieldType.Field> fields =
        outputs.stream()
            .filter(column -> column.source() == Source.FIELD)
            .map(column -> field(column, comments.apply(column.name())))
            .toList();
    ExtractionTask task = ExtractionTask.of(fields).withDecoding(decoding());
    return options.get(ModelOptions.INSTRUCTION) ? task : task.withoutShownFields();
  }

  private static FieldType.Field field(OutputColumn column, String comment) {
    return new FieldType.Field(
        column.name(),
        FieldTypes.of(column.name(), column.type()),
        column.type().isNullable(),
        comment);
  }

  private ClassificationTask classification() {
    ClassificationTask task =
        ClassificationTask.of(
            list(ModelOptions.LABELS, required(ModelOptions.LABELS, "positive, negative"))
                .described()
                .stream()
                .map(label -> new ClassificationTask.Label(label.name(), label.description()))
                .toList());
    return (options.get(ModelOptions.INSTRUCTION) ? task : task.withoutShownLabels())
        .withExamples(
            ExamplesReader.read(ModelOptions.EXAMPLES.key(), options.get(ModelOptions.EXAMPLES)))
        .withChoice(
            options.get(ModelOptions.MULTI_LABEL)
                ? new ClassificationTask.Any(options.get(ModelOptions.THRESHOLD))
                : new ClassificationTask.One(options.get(ModelOptions.MIN_PROBABILITY)));
  }

  private DecodingSettings decoding() {
    return new DecodingSettings(
        options.get(ModelOptions.TEMPERATURE),
        options.get(ModelOptions.TOP_P),
        options.get(ModelOptions.SEED),
        kind == TaskKind.COMPLETION
            ? list(ModelOptions.STOP, options.get(ModelOptions.STOP)).texts()
            : List.of(),
        options.get(ModelOptions.MAX_TOKENS));
  }

  public TaskLimits limits() {
    return limits(options);
  }

  /** What a row may take; how long it may, the statement's own settings say. */
  public static TaskLimits limits(ReadableConfig options) {
    return new TaskLimits(
        options.get(ModelOptions.MAX_CONTEXT),
        ContextOverflow.valueOf(
            options.get(ModelOptions.CONTEXT_OVERFLOW).toUpperCase(Locale.ROOT).replace('-', '_')),
        TaskLimits.DEFAULT.deadline());
  }

  private String required(ConfigOption<String> option, String example) {
    return options
        .getOptional(option)
        .orElseThrow(
            () ->
                new InvalidRequestException(
                    option.key(),
                    "option %s is missing, which task %s needs: '%s' = '%s'"
                        .formatted(option.key(), kind.word(), option.key(), example)));
  }
}
