package io.flinkmistral.jobs.demo;

import io.flinkmistral.jobs.options.ChatJobOptions;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ReadableConfig;

/** The topics of a chat job on a broker of one's own. */
public final class JobTopics {
  /** So long that it is the job that refuses a long prompt, and not the broker. */
  static final int MAX_PROMPT_BYTES = 16 << 20;

  private static final int PARTITIONS = 4;

  private JobTopics() {}

  /** Makes the topics that the options name. Waits for a broker that is about to start. */
  public static void create(KafkaNode broker, ReadableConfig options)
      throws IOException, InterruptedException {
    broker.createTopics(
        List.of(options.get(ChatJobOptions.PROMPTS)),
        PARTITIONS,
        Map.of(
            "max.message.bytes",
            Integer.toString(MAX_PROMPT_BYTES),
            // Else the limit would be that of the compressed batch, and what is inside any length.
            "compression.type",
            "uncompressed"));
    broker.createTopics(
        List.of(
            options.get(ChatJobOptions.COMPLETIONS),
            options.get(ChatJobOptions.TOKENS),
            options.get(ChatJobOptions.DEAD_LETTERS)),
        PARTITIONS,
        Map.of("max.message.bytes", Integer.toString(2 * MAX_PROMPT_BYTES)));
  }
}
