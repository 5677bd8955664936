package io.flinkmistral.jobs.options;

import io.flinkmistral.jobs.json.UnknownFields;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.operator.options.Allowed;
import io.flinkmistral.operator.options.CheckedOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.util.TimeUtils;

/** The options of the chat job beside those of the operator. */
public final class ChatJobOptions {
  /** All that are defined below, and those of topics. */
  public static final CheckedOptions CHECKED = new CheckedOptions();

  private static final Allowed<String> TOPIC =
      new Allowed<>(
          "1 to 249 letters, digits, dots, underscores and hyphens",
          name -> name.matches("[a-zA-Z0-9._-]{1,249}") && !name.matches("\\.{1,2}"));

  static {
    for (ChatTopic topic : ChatTopic.values()) {
      CHECKED.add(topic.option(), TOPIC);
    }
  }

  public static final ConfigOption<String> NAME =
      CHECKED.add(
          ConfigOptions.key("job.name")
              .stringType()
              .defaultValue("flink-mistral-chat")
              .withDescription("Name of the job."),
          Allowed.line(256));

  public static final ConfigOption<Integer> MAX_PARALLELISM =
      CHECKED.add(
          ConfigOptions.key("job.max-parallelism")
              .intType()
              .defaultValue(128)
              .withDescription(
                  "Number of key groups: the most slots that the job can ever be rescaled to. It"
                      + " cannot be changed once there is a savepoint."),
          Allowed.numbers(1, 1 << 15));

  public static final ConfigOption<Duration> CHECKPOINT_INTERVAL =
      CHECKED.add(
          ConfigOptions.key("checkpoint.interval")
              .durationType()
              .defaultValue(Duration.ofSeconds(10))
              .withDescription(
                  "Time between checkpoints. Completions become visible with the next one; streamed"
                      + " tokens do not wait."),
          Allowed.durations(Duration.ofMillis(10), Duration.ofDays(1)));

  public static final ConfigOption<Boolean> CHECKPOINT_UNALIGNED =
      CHECKED.add(
          ConfigOptions.key("checkpoint.unaligned")
              .booleanType()
              .defaultValue(true)
              .withDescription("Whether checkpoints overtake records that are under way."),
          Allowed.trueOrFalse());

  public static final ConfigOption<String> BOOTSTRAP_SERVERS =
      CHECKED.add(
          ConfigOptions.key("kafka.bootstrap-servers")
              .stringType()
              .defaultValue("localhost:9092")
              .withDescription("Brokers to start from: host:port, separated by commas."),
          new Allowed<>("host:port, separated by commas", BrokerAddress::isList));

  public static final ConfigOption<String> GROUP_ID =
      CHECKED.add(
          ConfigOptions.key("kafka.group-id")
              .stringType()
              .defaultValue("flink-mistral")
              .withDescription("Consumer group under which read offsets are committed."),
          Allowed.line(256));

  public static final ConfigOption<StartingOffsets> STARTING_OFFSETS =
      CHECKED.add(
          ConfigOptions.key("kafka.starting-offsets")
              .enumType(StartingOffsets.class)
              .defaultValue(StartingOffsets.COMMITTED)
              .withDescription(
                  "Where a job without checkpoint or savepoint starts to read: earliest, latest, or"
                      + " committed (by the group; earliest where there are none)."),
          Allowed.anyOf(List.of("committed", "earliest", "latest")));

  public static final ConfigOption<String> TRANSACTIONAL_ID_PREFIX =
      CHECKED.add(
          ConfigOptions.key("kafka.transactional-id-prefix")
              .stringType()
              .noDefaultValue()
              .withDescription(
                  "Prefix of transactional ids, of each job its own; by default the job's name and"
                      + " its topics of prompts and completions."),
          Allowed.line(256));

  public static final ConfigOption<Duration> TRANSACTION_TIMEOUT =
      CHECKED.add(
          ConfigOptions.key("kafka.transaction-timeout")
              .durationType()
              .defaultValue(Duration.ofMinutes(14))
              .withDescription(
                  "After this the broker aborts what a job that is down has not committed, and"
                      + " answers are lost. To be well above checkpoint interval plus restart time,"
                      + " and at most the broker's transaction.max.timeout.ms (15 min by"
                      + " default)."),
          Allowed.durations(Duration.ofMinutes(1), Duration.ofDays(20)));

  /** The value of {@link #COMPLETIONS_DELIVERY} that does not wait for checkpoints. */
  public static final String AT_LEAST_ONCE = "at-least-once";

  public static final ConfigOption<String> COMPLETIONS_DELIVERY =
      CHECKED.add(
          ConfigOptions.key("kafka.completions-delivery")
              .stringType()
              .defaultValue("exactly-once")
              .withDescription(
                  "When answers and errors are written: exactly-once with the next checkpoint, or"
                      + " at-least-once as soon as they are there; after a crash they may come"
                      + " twice then, an answer with the same words."),
          Allowed.words(List.of("exactly-once", AT_LEAST_ONCE)));

  public static final ConfigOption<Map<String, String>> KAFKA_PROPERTIES =
      CHECKED.add(
          ConfigOptions.key("kafka.property")
              .mapType()
              .defaultValue(Map.of())
              .withDescription(
                  "Any property of Kafka's clients, such as kafka.property.security.protocol; for"
                      + " consumer and producers alike."),
          new Allowed<>("all but those that the job sets itself", _ -> true));

  public static final ConfigOption<String> REPLY_TOPICS =
      CHECKED.add(
          ConfigOptions.key("kafka.reply-topics")
              .stringType()
              .noDefaultValue()
              .withDescription(
                  "Which topics a request's header kafka_replyTopic may name as its answer's: a"
                      + " regular expression for the whole name; by default none."),
          new Allowed<>(
              "a regular expression of 1 to 1000 characters",
              text -> Allowed.line(1000).test().test(text) && isPattern(text)));

  public static final ConfigOption<Boolean> CHECK =
      CHECKED.add(
          ConfigOptions.key("kafka.check")
              .booleanType()
              .defaultValue(true)
              .withDescription(
                  "Whether brokers and topics are looked for before the job starts, for 15 s at"
                      + " most; false where the machine that submits it does not reach them."),
          Allowed.trueOrFalse());

  public static final ConfigOption<Integer> MAX_BYTES =
      CHECKED.add(
          ConfigOptions.key("request.max-bytes")
              .intType()
              .defaultValue(1_000_000)
              .withDescription("Most bytes of a request; a longer one is a dead letter."),
          Allowed.numbers(64, 64 << 20));

  public static final ConfigOption<UnknownFields> UNKNOWN_FIELDS =
      CHECKED.add(
          ConfigOptions.key("request.unknown-fields")
              .enumType(UnknownFields.class)
              .defaultValue(UnknownFields.REFUSE)
              .withDescription(
                  "What becomes of a request with fields that are unknown or ask for what there is"
                      + " not: refuse, or ignore the fields. jobs/README.md has the list."),
          Allowed.anyOf(List.of("refuse", "ignore")));

  /** Between two checkpoints a transaction is open; so long may a checkpoint or restart take. */
  private static final Duration TO_COMMIT = Duration.ofSeconds(30);

  /** Where a job that starts afresh begins to read. */
  public enum StartingOffsets {
    COMMITTED,
    EARLIEST,
    LATEST
  }

  private ChatJobOptions() {}

  private static boolean isPattern(String text) {
    try {
      return Pattern.compile(text) != null;
    } catch (PatternSyntaxException e) {
      return false;
    }
  }

  /**
   * Checks the values of all options, by themselves and beside each other.
   *
   * @throws IllegalArgumentException if one is not allowed; it says which, and what is
   */
  static void check(ReadableConfig options) {
    CHECKED.check(options);
    checkTopics(options);
    checkTransactionTimeout(options);
    KafkaPropertyCheck.check(options.get(KAFKA_PROPERTIES));
  }

  /** The job would read what it writes, or readers find records of another kind. */
  private static void checkTopics(ReadableConfig options) {
    Map<String, String> keys = new HashMap<>();
    for (ChatTopic topic : ChatTopic.values()) {
      String name = topic.in(options);
      String key = topic.option().key();
      String other = keys.put(name, key);
      if (other != null) {
        throw new IllegalArgumentException(
            "options %s and %s cannot both be \"%s\": each needs a topic of its own"
                .formatted(other, key, name));
      }
    }
  }

  private static void checkTransactionTimeout(ReadableConfig options) {
    Duration timeout = options.get(TRANSACTION_TIMEOUT);
    Duration interval = options.get(CHECKPOINT_INTERVAL);
    Duration least = interval.plus(TO_COMMIT);
    if (timeout.compareTo(least) < 0) {
      throw new IllegalArgumentException(
          "option %s cannot be %s where %s is %s: answers would be lost; it must be %s or more"
              .formatted(
                  TRANSACTION_TIMEOUT.key(),
                  TimeUtils.formatWithHighestUnit(timeout),
                  CHECKPOINT_INTERVAL.key(),
                  TimeUtils.formatWithHighestUnit(interval),
                  TimeUtils.formatWithHighestUnit(least)));
    }
  }
}
