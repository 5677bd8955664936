package io.flinkmistral.jobs.topics;

import io.flinkmistral.jobs.options.ChatJobOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;

/** Topics of a chat job and their settings; how many copies there are is the broker's to say. */
final class TopicPlan {
  /** The broker's own default. */
  private static final int PROMPT_BYTES = 1_048_588;

  /** A dead letter is the record, with headers that say what is wrong with it. */
  private static final int HEADER_BYTES = 64 << 10;

  private static final Duration KEEP_TOKENS = Duration.ofDays(1);

  private TopicPlan() {}

  /**
   * The broker measures a batch as it stores it. So prompts are not stored compressed: a few bytes
   * could else become a record that no other topic takes.
   */
  static List<NewTopic> of(ReadableConfig options, int partitions) {
    return List.of(
        topic(
            options,
            ChatJobOptions.PROMPTS,
            partitions,
            Map.of(
                TopicConfig.COMPRESSION_TYPE_CONFIG,
                "uncompressed",
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                Integer.toString(PROMPT_BYTES))),
        topic(options, ChatJobOptions.COMPLETIONS, partitions, Map.of()),
        topic(
            options,
            ChatJobOptions.TOKENS,
            partitions,
            Map.of(TopicConfig.RETENTION_MS_CONFIG, Long.toString(KEEP_TOKENS.toMillis()))),
        topic(
            options,
            ChatJobOptions.DEAD_LETTERS,
            partitions,
            Map.of(
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                Integer.toString(PROMPT_BYTES + HEADER_BYTES))));
  }

  private static NewTopic topic(
      ReadableConfig options,
      ConfigOption<String> name,
      int partitions,
      Map<String, String> settings) {
    return new NewTopic(options.get(name), Optional.of(partitions), Optional.empty())
        .configs(settings);
  }
}
