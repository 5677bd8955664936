package io.flinkmistral.jobs.options;

import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** The options of the chat job beside those of the operator. */
public final class ChatJobOptions {
  public static final ConfigOption<String> NAME =
      ConfigOptions.key("job.name")
          .stringType()
          .defaultValue("flink-mistral-chat")
          .withDescription("Name of the job.");

  public static final ConfigOption<Integer> MAX_PARALLELISM =
      ConfigOptions.key("job.max-parallelism")
          .intType()
          .defaultValue(128)
          .withDescription(
              "Number of key groups: the most slots that the job can ever be rescaled to. It cannot"
                  + " be changed once there is a savepoint.");

  public static final ConfigOption<Duration> CHECKPOINT_INTERVAL =
      ConfigOptions.key("checkpoint.interval")
          .durationType()
          .defaultValue(Duration.ofSeconds(10))
          .withDescription(
              "Time between checkpoints. Completions become visible with the next one; streamed"
                  + " tokens do not wait.");

  public static final ConfigOption<Boolean> CHECKPOINT_UNALIGNED =
      ConfigOptions.key("checkpoint.unaligned")
          .booleanType()
          .defaultValue(true)
          .withDescription("Whether checkpoints overtake records that are under way.");

  public static final ConfigOption<String> BOOTSTRAP_SERVERS =
      ConfigOptions.key("kafka.bootstrap-servers")
          .stringType()
          .defaultValue("localhost:9092")
          .withDescription("Brokers to start from: host:port, separated by commas.");

  public static final ConfigOption<String> GROUP_ID =
      ConfigOptions.key("kafka.group-id")
          .stringType()
          .defaultValue("flink-mistral")
          .withDescription("Consumer group under which read offsets are committed.");

  public static final ConfigOption<StartingOffsets> STARTING_OFFSETS =
      ConfigOptions.key("kafka.starting-offsets")
          .enumType(StartingOffsets.class)
          .defaultValue(StartingOffsets.COMMITTED)
          .withDescription(
              "Where a job without checkpoint or savepoint starts to read: earliest, latest, or"
                  + " committed (by the group; earliest where there are none).");

  public static final ConfigOption<String> PROMPTS =
      ConfigOptions.key("kafka.topic.prompts")
          .stringType()
          .defaultValue("prompts")
          .withDescription("Topic that requests are read from.");

  public static final ConfigOption<String> COMPLETIONS =
      ConfigOptions.key("kafka.topic.completions")
          .stringType()
          .defaultValue("completions")
          .withDescription("Topic of whole answers and of errors, exactly once.");

  public static final ConfigOption<String> TOKENS =
      ConfigOptions.key("kafka.topic.tokens")
          .stringType()
          .defaultValue("tokens")
          .withDescription("Topic of streamed tokens, at least once.");

  public static final ConfigOption<String> DEAD_LETTERS =
      ConfigOptions.key("kafka.topic.dead-letters")
          .stringType()
          .defaultValue("dead-letters")
          .withDescription(
              "Topic of records that are no request, exactly once. Its max.message.bytes should be"
                  + " 16 KiB above that of the prompts, for the headers that say what is wrong.");

  public static final ConfigOption<String> TRANSACTIONAL_ID_PREFIX =
      ConfigOptions.key("kafka.transactional-id-prefix")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Prefix of transactional ids, of each job its own; by default the job's name and"
                  + " its topics of prompts and completions.");

  public static final ConfigOption<Duration> TRANSACTION_TIMEOUT =
      ConfigOptions.key("kafka.transaction-timeout")
          .durationType()
          .defaultValue(Duration.ofMinutes(14))
          .withDescription(
              "After this the broker aborts what a job that is down has not committed, and answers"
                  + " are lost. To be well above checkpoint interval plus restart time, and at most"
                  + " the broker's transaction.max.timeout.ms (15 min by default).");

  public static final ConfigOption<Map<String, String>> KAFKA_PROPERTIES =
      ConfigOptions.key("kafka.property")
          .mapType()
          .defaultValue(Map.of())
          .withDescription(
              "Any property of Kafka's clients, such as kafka.property.security.protocol; for"
                  + " consumer and producers alike.");

  public static final ConfigOption<Integer> MAX_BYTES =
      ConfigOptions.key("request.max-bytes")
          .intType()
          .defaultValue(1_000_000)
          .withDescription("Most bytes of a request; a longer one is a dead letter.");

  /** Where a job that starts afresh begins to read. */
  public enum StartingOffsets {
    COMMITTED,
    EARLIEST,
    LATEST
  }

  private ChatJobOptions() {}
}
