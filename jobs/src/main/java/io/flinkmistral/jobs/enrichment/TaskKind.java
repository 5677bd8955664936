package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.generation.Embedding;
import io.flinkmistral.operator.options.WrittenList;
import io.flinkmistral.protocol.Excerpt;
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
import io.flinkmistral.task.prompt.PromptTemplate;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;

/** What the job can do with a record, and the field that it makes. */
enum TaskKind {
  COMPLETION("answer"),
  CLASSIFY("label"),
  EXTRACT("fields"),
  SCORE("score"),
  EMBEDDING("embedding"),
  MODERATE("moderation");

  private final String field;

  TaskKind(String field) {
    this.field = field;
  }

  static List<String> words() {
    return Stream.of(values()).map(TaskKind::word).toList();
  }

  static TaskKind of(ReadableConfig options) {
    return valueOf(options.get(EnrichmentJobOptions.TASK).toUpperCase(Locale.ROOT));
  }

  private String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The name of its field where the options do not say. */
  String field() {
    return field;
  }

  /**
   * The task that the options describe.
   *
   * @throws IllegalArgumentException where one is missing, or has no meaning for it
   */
  Task task(ReadableConfig options) {
    requireOnly(CLASSIFY, options, EnrichmentJobOptions.LABELS);
    requireOnly(CLASSIFY, options, EnrichmentJobOptions.MULTI_LABEL);
    requireOnly(CLASSIFY, options, EnrichmentJobOptions.LABELS_THRESHOLD);
    requireOnly(CLASSIFY, options, EnrichmentJobOptions.EXAMPLES);
    requireOnly(EMBEDDING, options, EnrichmentJobOptions.POOLING);
    requireOnly(EXTRACT, options, EnrichmentJobOptions.FIELDS);
    requireOnly(MODERATE, options, EnrichmentJobOptions.RUBRIC);
    requireOnly(MODERATE, options, EnrichmentJobOptions.THRESHOLD);
    requireOnly(MODERATE, options, EnrichmentJobOptions.CATEGORIES);
    requireOnly(SCORE, options, EnrichmentJobOptions.CONTINUATION);
    return switch (this) {
      case COMPLETION ->
          new CompletionTask(decoding(options).withStop(options.get(EnrichmentJobOptions.STOP)));
      case CLASSIFY -> classification(options);
      case EXTRACT ->
          ExtractionTask.of(
                  required(options, EnrichmentJobOptions.FIELDS, "which fields does a text have?")
                      .typed()
                      .stream()
                      .map(TaskKind::field)
                      .toList())
              .withDecoding(decoding(options));
      case SCORE ->
          new ScoringTask(
              EnrichmentPlan.required(
                  options, EnrichmentJobOptions.CONTINUATION, "how likely is which text?"));
      case EMBEDDING ->
          new EmbeddingTask(
              Embedding.Pooling.valueOf(
                  options.get(EnrichmentJobOptions.POOLING).toUpperCase(Locale.ROOT)));
      case MODERATE ->
          ModerationTask.of(
              rubric(options),
              options.get(EnrichmentJobOptions.THRESHOLD),
              list(options, EnrichmentJobOptions.CATEGORIES).entries());
    };
  }

  private void requireOnly(TaskKind kind, ReadableConfig options, ConfigOption<?> option) {
    if (this != kind && isSet(options, option)) {
      throw new IllegalArgumentException(
          "option %s has no meaning for task %s: set task to %s"
              .formatted(option.key(), word(), kind.word()));
    }
  }

  private static boolean isSet(ReadableConfig options, ConfigOption<?> option) {
    Object value = options.getOptional(option).orElse(null);
    return value != null && !value.equals("");
  }

  private static WrittenList list(ReadableConfig options, ConfigOption<String> option) {
    return WrittenList.of(option.key(), options.get(option));
  }

  private static WrittenList required(
      ReadableConfig options, ConfigOption<String> option, String question) {
    if (options.get(option).isBlank()) {
      throw new IllegalArgumentException(
          "option %s is missing: %s".formatted(option.key(), question));
    }
    return list(options, option);
  }

  private static DecodingSettings decoding(ReadableConfig options) {
    return DecodingSettings.GREEDY
        .withTemperature(options.get(EnrichmentJobOptions.TEMPERATURE))
        .withSeed(options.get(EnrichmentJobOptions.SEED));
  }

  private static Task classification(ReadableConfig options) {
    WrittenList labels =
        required(options, EnrichmentJobOptions.LABELS, "which labels may a record have?");
    ClassificationTask task =
        ClassificationTask.of(
                labels.described().stream()
                    .map(label -> new ClassificationTask.Label(label.name(), label.description()))
                    .toList())
            .withExamples(
                ExamplesReader.read(
                    EnrichmentJobOptions.EXAMPLES.key(),
                    options.get(EnrichmentJobOptions.EXAMPLES)))
            .withChoice(choice(options));
    return options.get(EnrichmentJobOptions.LABELS_SHOWN) ? task : task.withoutShownLabels();
  }

  private static ClassificationTask.Choice choice(ReadableConfig options) {
    boolean several = options.get(EnrichmentJobOptions.MULTI_LABEL);
    ConfigOption<Double> ofTheOther =
        several ? EnrichmentJobOptions.MIN_PROBABILITY : EnrichmentJobOptions.LABELS_THRESHOLD;
    if (isSet(options, ofTheOther)) {
      throw new IllegalArgumentException(
          "option %s has no meaning %s %s"
              .formatted(
                  ofTheOther.key(),
                  several ? "beside" : "without",
                  EnrichmentJobOptions.MULTI_LABEL.key()));
    }
    return several
        ? new ClassificationTask.Any(options.get(EnrichmentJobOptions.LABELS_THRESHOLD))
        : new ClassificationTask.One(options.get(EnrichmentJobOptions.MIN_PROBABILITY));
  }

  /**
   * The prompt of a record.
   *
   * @throws IllegalArgumentException where there is none, or more than one
   */
  PromptTemplate template(ReadableConfig options) {
    if (this != MODERATE || !rubric(options).hasPrompt()) {
      return PromptTemplate.of(
          EnrichmentPlan.required(options, EnrichmentJobOptions.TEMPLATE, "which prompt?"));
    }
    if (options.getOptional(EnrichmentJobOptions.TEMPLATE).isPresent()) {
      rubric(options).requireNoPrompt(EnrichmentJobOptions.TEMPLATE.key());
    }
    return rubric(options).template();
  }

  private static Rubric rubric(ReadableConfig options) {
    return RubricReader.read(options.get(EnrichmentJobOptions.RUBRIC));
  }

  private static FieldType.Field field(WrittenList.Item field) {
    return new FieldType.Field(field.name(), type(field.type()), true, field.description());
  }

  private static FieldType type(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "", "text" -> new FieldType.Text();
      case "boolean" -> new FieldType.Bool();
      case "integer" -> FieldType.Whole.INT64;
      case "number" -> FieldType.Real.FLOAT64;
      case "date" -> FieldType.Temporal.DATE;
      case "time" -> FieldType.Temporal.TIME;
      case "timestamp" -> FieldType.Temporal.TIMESTAMP;
      default ->
          throw new IllegalArgumentException(
              "option fields: types are text, boolean, integer, number, date, time and timestamp,"
                  + " but one is \"%s\"".formatted(Excerpt.of(word)));
    };
  }
}
