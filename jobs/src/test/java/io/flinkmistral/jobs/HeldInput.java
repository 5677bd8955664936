package io.flinkmistral.jobs;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.source.reader.SourceReaderOptions;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;
import org.apache.flink.core.fs.local.LocalFileSystem;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Input of which a job gets so much, and the rest when this is closed: a job that goes before that
 * goes in the middle, however fast the machine is. One at a time, for jobs of this process.
 */
public final class HeldInput implements AutoCloseable {
  private static final String SCHEME = "held";
  private static final int ALL = 1 << 20;
  private static final long CLOSE_MILLIS = 100;

  private static final Semaphore FREE = new Semaphore(ALL);

  private HeldInput() {}

  /**
   * Holds the input.
   *
   * @param pieces that are not held: files that are opened, or records of topics
   */
  public static HeldInput behind(int pieces) {
    FREE.drainPermits();
    FREE.release(pieces);
    return new HeldInput();
  }

  /** A file or folder that can be held, as a job is told of it. */
  public static String files(Path path) {
    return SCHEME + ":" + path.toAbsolutePath();
  }

  /** What a job is told so that its topics can be held. */
  public static List<String> topics() {
    return List.of(
        "--kafka.property.interceptor.classes=" + Topics.class.getName(),
        "--kafka.property.max.poll.records=10",
        // Of its source, whose reader looks for it here.
        "--kafka.property.%s=%d"
            .formatted(SourceReaderOptions.SOURCE_READER_CLOSE_TIMEOUT.key(), CLOSE_MILLIS));
  }

  /** What Flink is told so that it does not wait for readers that are held when it ends. */
  public static Configuration flink() {
    return new Configuration().set(SourceReaderOptions.SOURCE_READER_CLOSE_TIMEOUT, CLOSE_MILLIS);
  }

  private static void take(int pieces) {
    FREE.acquireUninterruptibly(pieces);
  }

  /** Lets all go. */
  @Override
  public void close() {
    FREE.release(ALL);
  }

  /** Files of this machine. */
  public static final class Files implements FileSystemFactory {
    @Override
    public String getScheme() {
      return SCHEME;
    }

    @Override
    public FileSystem create(URI uri) {
      return new HeldFiles();
    }
  }

  private static final class HeldFiles extends LocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create(SCHEME + ":///");
    }

    @Override
    public FSDataInputStream open(org.apache.flink.core.fs.Path file) throws IOException {
      take(1);
      return super.open(file);
    }

    @Override
    public FSDataInputStream open(org.apache.flink.core.fs.Path file, int bufferSize)
        throws IOException {
      return open(file);
    }
  }

  /** Both kinds of clients have the same properties. */
  public static final class Topics
      implements ConsumerInterceptor<byte[], byte[]>, ProducerInterceptor<byte[], byte[]> {
    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
      take(records.count());
      return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

    @Override
    public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> record) {
      return record;
    }

    @Override
    public void onAcknowledgement(RecordMetadata metadata, Exception exception) {}

    @Override
    public void close() {}

    @Override
    public void configure(Map<String, ?> configs) {}
  }
}
