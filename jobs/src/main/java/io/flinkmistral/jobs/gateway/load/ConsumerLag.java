package io.flinkmistral.jobs.gateway.load;

import io.flinkmistral.jobs.kafka.KafkaProperties;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.topics.ChatTopic;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * How far the job's consumer group is behind the end of the prompts. The job commits what it has
 * read with its checkpoints: what it has read since the last one counts as well.
 */
final class ConsumerLag implements AutoCloseable {
  private final Admin admin;
  private final String group;
  private final String topic;

  ConsumerLag(ReadableConfig options) {
    this.admin = KafkaProperties.admin(KafkaProperties.client(options));
    this.group = options.get(ChatJobOptions.GROUP_ID);
    this.topic = ChatTopic.PROMPTS.in(options);
  }

  /**
   * What was seen.
   *
   * @param written records of the topic, in all its time
   * @param unread of them
   */
  record Seen(long written, long unread) {}

  /** A partition of which the group has committed nothing is not known to be behind. */
  Seen see() throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
    admin
        .listConsumerGroupOffsets(group)
        .partitionsToOffsetAndMetadata()
        .get()
        .forEach(
            (partition, offset) -> {
              if (offset != null && partition.topic().equals(topic)) {
                read.put(partition, offset);
              }
            });
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    read.keySet().forEach(partition -> wanted.put(partition, OffsetSpec.latest()));
    long written = 0;
    long unread = 0;
    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> end :
        admin.listOffsets(wanted).all().get().entrySet()) {
      written += end.getValue().offset();
      unread += Math.max(0, end.getValue().offset() - read.get(end.getKey()).offset());
    }
    return new Seen(written, unread);
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
