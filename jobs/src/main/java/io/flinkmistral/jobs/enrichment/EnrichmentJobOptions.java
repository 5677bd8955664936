package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.options.RubricOptions;
import io.flinkmistral.operator.options.Allowed;
import io.flinkmistral.operator.options.CheckedOptions;
import io.flinkmistral.operator.options.EnrichmentOptions;
import io.flinkmistral.operator.options.MistralOptions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** The options of the enrichment job, with those that it shares with the chat job. */
public final class EnrichmentJobOptions {
  /** All of them. */
  public static final CheckedOptions CHECKED = new CheckedOptions();

  /** The value of {@link #INPUT_END} for a topic that ends. */
  static final String LATEST = "latest";

  private static final int LONG_TEXT = 100_000;

  private static final Allowed<String> PLACE =
      new Allowed<>("kafka:TOPIC, or a path", Place::isPlace);

  private static final Allowed<String> TEXT =
      new Allowed<>(
          "1 to %d characters".formatted(LONG_TEXT),
          text -> !text.isBlank() && text.length() <= LONG_TEXT);

  /** Those of conversations, which have no meaning here. */
  private static final Set<String> OF_CONVERSATIONS =
      Set.of(
          "context.overflow-action",
          "kv.retention",
          "kv.state-limit",
          "queue.priority-ageing",
          "request.max-messages",
          "request.safe-prompt",
          "request.max-tools",
          "request.max-stops",
          "template.tools");

  /** Those that the chat job describes in its own words. */
  private static final Map<ConfigOption<?>, String> IN_OTHER_WORDS =
      Map.ofEntries(
          Map.entry(
              ChatJobOptions.CHECKPOINT_INTERVAL,
              "Time between checkpoints. Records come out with the next one."),
          Map.entry(
              ChatJobOptions.TRANSACTIONAL_ID_PREFIX,
              "Prefix of transactional ids, of each job its own; by default the job's name and"
                  + " its input and output, as they are given."),
          Map.entry(
              ChatJobOptions.TRANSACTION_TIMEOUT,
              "After this the broker aborts what a job that is down has not committed, and"
                  + " records are lost. To be well above checkpoint interval plus restart time,"
                  + " and at most the broker's transaction.max.timeout.ms (15 min by default)."),
          Map.entry(
              MistralOptions.CONTEXT_LIMIT,
              "Most tokens of prompt and answer; 0 for what the file says."),
          Map.entry(
              MistralOptions.MAX_CONVERSATIONS,
              "Most records that are decoded together, of all slots of a TaskManager: they"
                  + " share one batch. Where jobs that share a model ask for different numbers,"
                  + " the greatest counts."),
          Map.entry(
              MistralOptions.KV_MEMORY,
              "Memory of a TaskManager for keys and values of records, outside the heap and"
                  + " Flink's own memory. A record waits until there is room for all its tokens,"
                  + " and is refused where there never is. Where jobs that share a model ask for"
                  + " different amounts, the greatest counts."),
          Map.entry(
              MistralOptions.QUEUE_LIMIT,
              "Records that a subtask has under way, in its state, before it reads no more."
                  + " What stands before the barrier of a savepoint, or of an aligned"
                  + " checkpoint, is taken in all the same."),
          Map.entry(
              MistralOptions.QUEUE_MEMORY,
              "The same as queue.requests, by the size of these records."),
          Map.entry(
              MistralOptions.MAX_PROMPT_TOKENS,
              "Most tokens of a prompt; 0 for what the context holds."),
          Map.entry(MistralOptions.MAX_TOKENS, "Most tokens of an answer."),
          Map.entry(
              MistralOptions.KV_SHARED_SCOPE,
              "Whose requests share beginnings: all of the TaskManager, or those of the same"
                  + " user. Records have no user: with that they share nothing."));

  static {
    CHECKED.addFrom(
        ChatJobOptions.CHECKED,
        Set.<ConfigOption<?>>of(
                ChatJobOptions.MAX_PARALLELISM,
                ChatJobOptions.CHECKPOINT_UNALIGNED,
                ChatJobOptions.BOOTSTRAP_SERVERS,
                ChatJobOptions.GROUP_ID,
                ChatJobOptions.STARTING_OFFSETS,
                ChatJobOptions.CHECK,
                ChatJobOptions.KAFKA_PROPERTIES)
            ::contains);
    CHECKED.addFrom(
        MistralOptions.CHECKED,
        option ->
            !option.key().startsWith("conversation.")
                && !OF_CONVERSATIONS.contains(option.key())
                && !IN_OTHER_WORDS.containsKey(option));
    IN_OTHER_WORDS.forEach(
        (option, words) ->
            CHECKED.addFrom(
                MistralOptions.CHECKED.options().contains(option)
                    ? MistralOptions.CHECKED
                    : ChatJobOptions.CHECKED,
                option,
                words));
    CHECKED.addFrom(
        EnrichmentOptions.CHECKED,
        option -> !option.equals(EnrichmentOptions.ROW_RETENTION)); // Of tables that change.
  }

  public static final ConfigOption<String> NAME =
      CHECKED.add(
          ConfigOptions.key("job.name")
              .stringType()
              .defaultValue("flink-mistral-enrichment")
              .withDescription("Name of the job."),
          Allowed.line(256));

  public static final ConfigOption<String> INPUT =
      CHECKED.add(
          ConfigOptions.key("input")
              .stringType()
              .noDefaultValue()
              .withDescription(
                  "Where records come from: kafka:TOPIC, or a file or folder, whose files may be"
                      + " compressed (.gz, .bz2, .xz, .zst)."),
          PLACE);

  public static final ConfigOption<String> INPUT_FORMAT =
      CHECKED.add(
          ConfigOptions.key("input.format")
              .stringType()
              .defaultValue("json")
              .withDescription(
                  "What a record is: a JSON object (in files one a line), or a line of CSV. A line"
                      + " of CSV that has the columns' names is passed over."),
          Allowed.words(List.of("json", "csv")));

  public static final ConfigOption<List<String>> INPUT_COLUMNS =
      CHECKED.add(
          ConfigOptions.key("input.columns")
              .stringType()
              .asList()
              .defaultValues()
              .withDescription(
                  "Names of the columns, separated by semicolons: of a CSV in their order; of JSON"
                      + " those that the template may name, where they are to be checked before."),
          new Allowed<>(
              "names separated by semicolons", names -> names.stream().noneMatch(String::isBlank)));

  public static final ConfigOption<String> INPUT_END =
      CHECKED.add(
          ConfigOptions.key("input.end")
              .stringType()
              .defaultValue("never")
              .withDescription(
                  "When a topic ends: never, or at the records that it has when the job starts"
                      + " (latest). Files end where they end."),
          Allowed.words(List.of("never", LATEST)));

  public static final ConfigOption<String> OUTPUT =
      CHECKED.add(
          ConfigOptions.key("output")
              .stringType()
              .noDefaultValue()
              .withDescription(
                  "Where records go with their new fields, as JSON objects: kafka:TOPIC, or a"
                      + " folder."),
          PLACE);

  public static final ConfigOption<String> DEAD_LETTERS =
      CHECKED.add(
          ConfigOptions.key("dead-letters")
              .stringType()
              .noDefaultValue()
              .withDescription(
                  "Where records go that have no result, with the reason; by default that of the"
                      + " output with -dead-letters behind it. It is input of the same job."),
          PLACE);

  public static final ConfigOption<String> TEMPLATE =
      CHECKED.add(
          ConfigOptions.key("template")
              .stringType()
              .noDefaultValue()
              .withDescription("The prompt, with columns of the record: \"Classify: {{text}}\"."),
          TEXT);

  public static final ConfigOption<String> SYSTEM_PROMPT =
      CHECKED.add(
          ConfigOptions.key("system-prompt")
              .stringType()
              .noDefaultValue()
              .withDescription("What the model is told beside it."),
          TEXT);

  public static final ConfigOption<String> TASK =
      CHECKED.add(
          ConfigOptions.key("task")
              .stringType()
              .defaultValue("completion")
              .withDescription(
                  "What is to be done: completion (the model's answer), classify (one of the"
                      + " labels, and its probability), extract (the fields), score (the logarithm"
                      + " of the continuation's probability), embedding (a vector), or moderate"
                      + " (whether something is wrong with a text, and what)."),
          Allowed.words(TaskKind.words()));

  public static final ConfigOption<String> LABELS =
      CHECKED.add(
          ConfigOptions.key("labels")
              .stringType()
              .defaultValue("")
              .withDescription(
                  "The labels, separated by semicolons; after a colon may stand what one means:"
                      + " \"billing: invoices and refunds;delivery\"."),
          new Allowed<>("labels separated by semicolons", _ -> true));

  public static final ConfigOption<Boolean> LABELS_SHOWN =
      CHECKED.add(
          ConfigOptions.key("labels.shown")
              .booleanType()
              .defaultValue(true)
              .withDescription("Whether the prompt says which labels there are."),
          Allowed.trueOrFalse());

  public static final ConfigOption<Double> MIN_PROBABILITY =
      CHECKED.add(
          ConfigOptions.key("labels.min-probability")
              .doubleType()
              .defaultValue(0.0)
              .withDescription(
                  "Probability that the label must have; if it has less, the record's is null."),
          new Allowed<>("0 to 1", p -> p >= 0 && p <= 1));

  public static final ConfigOption<Boolean> MULTI_LABEL =
      CHECKED.add(
          ConfigOptions.key("labels.multi-label")
              .booleanType()
              .defaultValue(false)
              .withDescription("Whether a record may have any number of labels: a list of them."),
          Allowed.trueOrFalse());

  public static final ConfigOption<Double> LABELS_THRESHOLD =
      CHECKED.add(
          ConfigOptions.key("labels.threshold")
              .doubleType()
              .defaultValue(0.5)
              .withDescription(
                  "With labels.multi-label: how probable a record's labels are at the least."),
          new Allowed<>("0 to 1", p -> p >= 0 && p <= 1));

  public static final ConfigOption<String> EXAMPLES =
      CHECKED.add(
          ConfigOptions.key("labels.examples")
              .stringType()
              .defaultValue("")
              .withDescription(
                  "Records whose label is known, as JSON with the template's columns:"
                      + " [{\"text\": \"It crashes\", \"label\": \"bug\"}]; labels instead of"
                      + " label for a list."),
          new Allowed<>("a JSON list", _ -> true));

  public static final ConfigOption<String> POOLING =
      CHECKED.add(
          ConfigOptions.key("embedding.pooling")
              .stringType()
              .defaultValue("mean")
              .withDescription("A vector: the mean over a text's tokens, or the last one's."),
          Allowed.words(List.of("mean", "last")));

  public static final ConfigOption<String> RUBRIC =
      RubricOptions.rubric(CHECKED, "What task moderate judges by");

  public static final ConfigOption<Double> THRESHOLD = RubricOptions.threshold(CHECKED, ".");

  public static final ConfigOption<String> CATEGORIES = RubricOptions.categories(CHECKED);

  public static final ConfigOption<String> FIELDS =
      CHECKED.add(
          ConfigOptions.key("fields")
              .stringType()
              .defaultValue("")
              .withDescription(
                  "What is to be taken out of a text, separated by semicolons, each with a type"
                      + " (text, boolean, integer, number, date, time or timestamp) and perhaps,"
                      + " after a colon, what it means: \"name; amount number: in euros\". A field"
                      + " of which the text says nothing is null."),
          new Allowed<>("fields separated by semicolons", _ -> true));

  public static final ConfigOption<String> CONTINUATION =
      CHECKED.add(
          ConfigOptions.key("continuation")
              .stringType()
              .noDefaultValue()
              .withDescription("The text to be scored, with columns of the record, if any."),
          TEXT);

  public static final ConfigOption<Double> TEMPERATURE =
      CHECKED.add(
          ConfigOptions.key("temperature")
              .doubleType()
              .defaultValue(0.0)
              .withDescription("Of answers; 0 takes the most probable token."),
          new Allowed<>("0 to 100", t -> t >= 0 && t <= 100));

  public static final ConfigOption<Long> SEED =
      CHECKED.add(
          ConfigOptions.key("seed")
              .longType()
              .defaultValue(0L)
              .withDescription("Another one gives other answers where the temperature is not 0."),
          new Allowed<>("a whole number", _ -> true));

  public static final ConfigOption<List<String>> STOP =
      CHECKED.add(
          ConfigOptions.key("stop")
              .stringType()
              .asList()
              .defaultValues()
              .withDescription("Texts that end an answer, separated by semicolons."),
          new Allowed<>("up to 16 texts", texts -> texts.size() <= 16 && !texts.contains("")));

  public static final ConfigOption<String> FIELD =
      CHECKED.add(
          ConfigOptions.key("output.field")
              .stringType()
              .noDefaultValue()
              .withDescription(
                  "Name of the new field; by default answer, label,"
                      + " fields, score, embedding or moderation. A label's probability has"
                      + " the same name with _probability. Fields of the record that have such a"
                      + " name are replaced."),
          Allowed.line(256));

  public static final ConfigOption<Boolean> PROVENANCE =
      CHECKED.add(
          ConfigOptions.key("output.provenance")
              .booleanType()
              .defaultValue(false)
              .withDescription(
                  "Whether each record has the field provenance: the model's fingerprint, the"
                      + " prompt's hash, tokens, and why the answer ended."),
          Allowed.trueOrFalse());

  public static final ConfigOption<Integer> SAMPLE =
      CHECKED.add(
          ConfigOptions.key("sample")
              .intType()
              .defaultValue(0)
              .withDescription(
                  "So many records of the beginning are enriched and printed, with their tokens,"
                      + " errors, and the hours that the whole input will take; nothing is"
                      + " written. 0 for the whole job."),
          Allowed.numbers(0, 100_000));

  private EnrichmentJobOptions() {}
}
