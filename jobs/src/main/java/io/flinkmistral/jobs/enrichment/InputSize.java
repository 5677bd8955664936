package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.jobs.kafka.KafkaProperties;
import java.io.IOException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Properties;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** How many records the whole input has, about. */
final class InputSize {
  private InputSize() {}

  /**
   * @param bytesOfRecord what a record has in the mean
   * @return nothing where it cannot be told: of compressed files
   */
  static OptionalDouble records(ReadableConfig options, double bytesOfRecord) throws IOException {
    return switch (EnrichmentSource.place(options)) {
      case Place.Topic(String topic) -> OptionalDouble.of(ofTopic(options, topic));
      case Place.Files(String path) -> {
        long bytes = bytes(new Path(path));
        yield bytes < 0 ? OptionalDouble.empty() : OptionalDouble.of(bytes / (bytesOfRecord + 1));
      }
    };
  }

  private static double ofTopic(ReadableConfig options, String topic) {
    Properties properties = KafkaProperties.client(options);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(partition -> new TopicPartition(topic, partition.partition()))
              .toList();
      long ends = sum(consumer.endOffsets(partitions).values());
      return ends - sum(consumer.beginningOffsets(partitions).values());
    }
  }

  private static long sum(Iterable<Long> offsets) {
    long sum = 0;
    for (long offset : offsets) {
      sum += offset;
    }
    return sum;
  }

  /** Of all files; -1 where one is compressed. */
  private static long bytes(Path path) throws IOException {
    FileSystem files = path.getFileSystem();
    FileStatus status = files.getFileStatus(path);
    if (!status.isDir()) {
      return path.getName().matches(".*\\.(gz|gzip|bz2|xz|deflate|zst|zstd)")
          ? -1
          : status.getLen();
    }
    long sum = 0;
    for (FileStatus child : files.listStatus(path)) {
      boolean hidden = child.getPath().getName().matches("[._].*");
      long bytes = hidden ? 0 : bytes(child.getPath());
      if (bytes < 0) {
        return -1;
      }
      sum += bytes;
    }
    return sum;
  }
}
