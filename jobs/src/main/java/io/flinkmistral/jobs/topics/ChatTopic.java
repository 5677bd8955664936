package io.flinkmistral.jobs.topics;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;

/**
 * The topics of a chat job. Here is all that there is to say of one: its name and the option for
 * another one, whether the job reads or writes it, and how it is created. Options, checks, sinks,
 * and whatever creates topics go by this list. Of a new one that is written, the compiler asks in
 * one more place, {@code kafka.sink.Contents}: which events it has, and as what records.
 */
public enum ChatTopic {
  PROMPTS(Use.READ, "Topic that requests are read from."),

  COMPLETIONS(Use.EXACTLY_ONCE, "Topic of whole answers and of errors, exactly once."),

  TOKENS(Use.AT_LEAST_ONCE, "Topic of streamed tokens, at least once."),

  DEAD_LETTERS(
      Use.EXACTLY_ONCE,
      "Topic of records that are no request, exactly once. A record that it does not take goes"
          + " without its value; its max.message.bytes should be 16 KiB above that of the prompts,"
          + " for the headers that say what is wrong."),

  BLOCKED(
      Use.EXACTLY_ONCE,
      "Topic of requests that moderation has blocked, with what was judged, exactly once. Its"
          + " max.message.bytes should be 64 KiB above that of the prompts, for what was judged.");

  /** What the job does with a topic. */
  public enum Use {
    READ,
    EXACTLY_ONCE,
    AT_LEAST_ONCE
  }

  /** A dead letter, or what is blocked, is the record with what is wrong with it. */
  private static final int HEADER_BYTES = 64 << 10;

  private static final Duration KEEP_TOKENS = Duration.ofDays(1);

  private final Use use;
  private final String description;

  ChatTopic(Use use, String description) {
    this.use = use;
    this.description = description;
  }

  /** Those that the job writes. */
  public static Stream<ChatTopic> written() {
    return Stream.of(values()).filter(topic -> topic.use != Use.READ);
  }

  /** All names, in the order of this list. */
  public static List<String> names(ReadableConfig options) {
    return Stream.of(values()).map(topic -> topic.in(options)).toList();
  }

  public Use use() {
    return use;
  }

  /** The option that names it. */
  public ConfigOption<String> option() {
    String name = name().toLowerCase(Locale.ROOT).replace('_', '-');
    return ConfigOptions.key("kafka.topic." + name)
        .stringType()
        .defaultValue(name)
        .withDescription(description);
  }

  /** Its name in a job with these options. */
  public String in(ReadableConfig options) {
    return options.get(option());
  }

  /**
   * How all of them are created. How many copies there are is the broker's to say.
   *
   * @param promptBytes of the longest prompt that the broker takes
   */
  public static List<NewTopic> plan(ReadableConfig options, int partitions, int promptBytes) {
    return Stream.of(values())
        .map(
            topic ->
                new NewTopic(topic.in(options), Optional.of(partitions), Optional.empty())
                    .configs(topic.settings(promptBytes)))
        .toList();
  }

  private Map<String, String> settings(int promptBytes) {
    return switch (this) {
      // The broker measures a batch as it stores it. So prompts are not stored compressed: a few
      // bytes could else become a record that no other topic takes.
      case PROMPTS ->
          Map.of(
              TopicConfig.COMPRESSION_TYPE_CONFIG,
              "uncompressed",
              TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
              Integer.toString(promptBytes));
      case COMPLETIONS ->
          Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(promptBytes));
      case TOKENS ->
          Map.of(
              TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
              Integer.toString(promptBytes),
              TopicConfig.RETENTION_MS_CONFIG,
              Long.toString(KEEP_TOKENS.toMillis()));
      case DEAD_LETTERS, BLOCKED ->
          Map.of(
              TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(promptBytes + HEADER_BYTES));
    };
  }
}
