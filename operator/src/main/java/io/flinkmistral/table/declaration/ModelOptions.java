package io.flinkmistral.table.declaration;

import io.flinkmistral.operator.options.Allowed;
import io.flinkmistral.operator.options.CheckedOptions;
import io.flinkmistral.task.RubricReader;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/**
 * What is to be done with each row: options of {@code CREATE MODEL}, in the words of Flink's own
 * provider.
 */
public final class ModelOptions {
  public static final CheckedOptions CHECKED = new CheckedOptions();

  private static final int MOST_TOKENS = 1 << 20;

  static final String IGNORE = "ignore";
  public static final String FAILOVER = "failover";

  static final ConfigOption<String> TASK =
      CHECKED.add(
          text("task", TaskKind.COMPLETION.word(), "What is asked of the model for each row."),
          Allowed.words(TaskKind.words()));

  static final ConfigOption<String> PROMPT =
      CHECKED.add(
          text(
              "prompt",
              null,
              "What the model is told of a row: a text with {{column}} for columns of INPUT. By"
                  + " default the only column's text, or lines of names and texts."),
          new Allowed<>("a text", _ -> true));

  static final ConfigOption<String> PROMPT_FORM =
      CHECKED.add(
          text(
              "prompt-form",
              "chat",
              "chat: a user's message, for instruct models; text: a text that goes on, for base"
                  + " models."),
          Allowed.words(List.of("chat", "text")));

  static final ConfigOption<String> SYSTEM_PROMPT =
      CHECKED.add(
          text("system-prompt", "", "What the model is told before each row."),
          new Allowed<>("a text", _ -> true));

  static final ConfigOption<Double> TEMPERATURE =
      CHECKED.add(
          key("temperature")
              .doubleType()
              .defaultValue(0.0)
              .withDescription(
                  "Divides the logits; 0 takes the most probable token. Whatever it is, the same"
                      + " row gets the same answer."),
          new Allowed<>("0 to 100", t -> t >= 0 && t <= 100));

  static final ConfigOption<Double> TOP_P =
      CHECKED.add(
          key("top-p")
              .doubleType()
              .defaultValue(1.0)
              .withDescription("Draws from the most probable tokens that together have so much."),
          new Allowed<>("above 0, to 1", p -> p > 0 && p <= 1));

  static final ConfigOption<Long> SEED =
      CHECKED.add(
          key("seed")
              .longType()
              .defaultValue(0L)
              .withDescription("Another one draws other answers, where temperature is not 0."),
          new Allowed<>("a whole number", _ -> true));

  static final ConfigOption<String> STOP =
      CHECKED.add(
          text(
              "stop",
              "",
              "Texts that end an answer, separated by commas, or as a JSON list: [\"\\n"
                  + "\", \",\"]."),
          new Allowed<>("texts", _ -> true));

  static final ConfigOption<Integer> MAX_TOKENS =
      CHECKED.add(
          key("max-tokens")
              .intType()
              .defaultValue(0)
              .withDescription("Most tokens of an answer; 0 for what request.max-tokens says."),
          Allowed.numbers(0, MOST_TOKENS));

  public static final ConfigOption<Integer> MAX_CONTEXT =
      CHECKED.add(
          key("max-context-size")
              .intType()
              .defaultValue(0)
              .withDescription("Most tokens of prompt and answer; 0 for what the model has."),
          Allowed.numbers(0, MOST_TOKENS));

  public static final ConfigOption<String> CONTEXT_OVERFLOW =
      CHECKED.add(
          text(
              "context-overflow-action",
              "error",
              "What becomes of a longer text: an error of its row, or its end or beginning is left"
                  + " out."),
          Allowed.words(List.of("error", "truncated-tail", "truncated-head")));

  public static final ConfigOption<String> ERROR_HANDLING =
      CHECKED.add(
          text(
              "error-handling-strategy",
              IGNORE,
              "ignore: a row with an error comes out with NULL, and the reason in error_string"
                  + " where OUTPUT has such a column; failover: the job fails."),
          Allowed.words(List.of(IGNORE, FAILOVER)));

  public static final ConfigOption<Integer> RETRY_NUM =
      CHECKED.add(
          key("retry-num")
              .intType()
              .defaultValue(0)
              .withDescription(
                  "Has no meaning: the same row has the same result, however often it is asked"
                      + " for."),
          Allowed.numbers(0, Integer.MAX_VALUE));

  public static final ConfigOption<Duration> TIMEOUT =
      CHECKED.add(
          key("timeout")
              .durationType()
              .noDefaultValue()
              .withDescription(
                  "How long a row may take, with the time that it waits for others, before it ends"
                      + " by error-handling-strategy. By default a tenth less than Flink's own"
                      + " timeout of an asynchronous call, which fails the job; a synchronous call"
                      + " has none."),
          Allowed.durations(Duration.ofMillis(1), Duration.ofDays(365)));

  static final ConfigOption<Boolean> INSTRUCTION =
      CHECKED.add(
          key("instruction")
              .booleanType()
              .defaultValue(true)
              .withDescription(
                  "Tasks classify and extract: whether the model is told which labels or fields"
                      + " there are; false where the prompt says it."),
          Allowed.trueOrFalse());

  static final ConfigOption<String> LABELS =
      CHECKED.add(
          text(
              "labels",
              null,
              "Task classify: labels, separated by commas; with descriptions 'bug: something"
                  + " fails; praise: ...', separated by semicolons; or as JSON, [\"bug\"] or"
                  + " {\"bug\": \"something fails\"}."),
          new Allowed<>("labels", _ -> true));

  static final ConfigOption<String> EXAMPLES =
      CHECKED.add(
          text(
              "examples",
              "",
              "Task classify: rows whose label is known, as JSON: [{\"text\": \"It crashes\","
                  + " \"label\": \"bug\"}], with the prompt's columns; labels instead of label for"
                  + " a list."),
          new Allowed<>("a JSON list", _ -> true));

  static final ConfigOption<Boolean> MULTI_LABEL =
      CHECKED.add(
          key("multi-label")
              .booleanType()
              .defaultValue(false)
              .withDescription("Task classify: a row has any number of labels."),
          Allowed.trueOrFalse());

  static final ConfigOption<Double> THRESHOLD =
      CHECKED.add(
          key("threshold")
              .doubleType()
              .defaultValue(0.5)
              .withDescription(
                  "With multi-label: how probable a row's labels are at the least. Task moderate:"
                      + " the same of categories that have no threshold of their own."),
          new Allowed<>("0 to 1", p -> p >= 0 && p <= 1));

  static final ConfigOption<String> RUBRIC =
      CHECKED.add(
          text(
              "rubric",
              RubricReader.defaultName(),
              "Task moderate: mistral, the categories of Mistral's moderation, each a question of"
                  + " its own; paper, the four classes of the paper, of which a text is in one; or"
                  + " one's own."),
          new Allowed<>(RubricReader.WORDS, RubricReader::canRead));

  static final ConfigOption<String> CATEGORIES =
      CHECKED.add(
          text(
              "categories",
              "",
              "Task moderate: which of the rubric's categories are asked for, separated by commas,"
                  + " each perhaps with a threshold: 'sexual, pii: 0.8'. By default all."),
          new Allowed<>("categories", _ -> true));

  static final ConfigOption<Double> MIN_PROBABILITY =
      CHECKED.add(
          key("min-probability")
              .doubleType()
              .defaultValue(0.0)
              .withDescription("Task classify: a less probable label is NULL."),
          new Allowed<>("0 to 1", p -> p >= 0 && p <= 1));

  static final ConfigOption<String> CONTINUATION =
      CHECKED.add(
          text("continuation", null, "Task score: the text, or {{column}}, that is scored."),
          new Allowed<>("a text", _ -> true));

  static final ConfigOption<String> POOLING =
      CHECKED.add(
          text(
              "pooling",
              "mean",
              "Task embedding: the mean over a text's tokens, or the last one's."),
          Allowed.words(List.of("mean", "last")));

  private ModelOptions() {}

  private static ConfigOptions.OptionBuilder key(String key) {
    return ConfigOptions.key(key);
  }

  private static ConfigOption<String> text(String key, String value, String description) {
    ConfigOptions.TypedConfigOptionBuilder<String> typed = key(key).stringType();
    return (value == null ? typed.noDefaultValue() : typed.defaultValue(value))
        .withDescription(description);
  }
}
