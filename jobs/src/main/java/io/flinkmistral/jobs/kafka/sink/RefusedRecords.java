package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.protocol.SourceRecord;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names the record that a broker or the producer refuses, although it was held against what its
 * topic took when the job started: the job fails then, and its failure is to say which topic, what
 * it takes now, and the prompt that the record is about. Made by the producer.
 */
public final class RefusedRecords implements ProducerInterceptor<byte[], byte[]> {
  private static final Logger LOG = LoggerFactory.getLogger(RefusedRecords.class);

  private final Properties producer = new Properties();
  private boolean told;

  /** Made by the producer. */
  public RefusedRecords() {
    // Told by configure.
  }

  /** Why the job fails; without frames, since where it is made says nothing. */
  private static final class RefusedRecordException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RefusedRecordException(String message) {
      super(message, null, false, false);
    }
  }

  /** Writes into an answer's headers which record it is about. */
  static void name(Headers headers, SourceRecord origin) {
    headers.add(SourceRecord.SOURCE_HEADER, origin.place().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void configure(Map<String, ?> configs) {
    configs.forEach(
        (name, value) -> {
          if (value != null) {
            producer.put(name, value);
          }
        });
  }

  @Override
  public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> record) {
    return record;
  }

  /** The producer calls this before it tells Flink, with the same exception. */
  @Override
  public void onAcknowledgement(RecordMetadata metadata, Exception exception, Headers headers) {
    if (!told && isAboutTheRecord(exception)) {
      told = true;
      RefusedRecordException refused =
          new RefusedRecordException(message(metadata, exception, headers));
      exception.addSuppressed(refused);
      LOG.error("{}", refused.getMessage());
    }
  }

  private static boolean isAboutTheRecord(Exception exception) {
    return exception instanceof RecordTooLargeException
        || exception instanceof RecordBatchTooLargeException
        || exception instanceof InvalidRecordException
        || exception instanceof InvalidTimestampException
        || exception instanceof PolicyViolationException;
  }

  private String message(RecordMetadata metadata, Exception exception, Headers headers) {
    String topic = metadata == null ? "" : metadata.topic();
    TopicLimits now = TopicSettings.limits(producer, topic).get(topic);
    return "topic %s refused a record about %s: %s; it takes %d bytes of a record%s now, which the job reads when it starts again"
        .formatted(
            topic,
            place(headers).orElse("a request that is not known"),
            exception.getMessage(),
            now.maxBytes(),
            now.needsKeys() ? " with a key" : "");
  }

  private static Optional<String> place(Headers headers) {
    if (headers == null) {
      return Optional.empty();
    }
    Header source = headers.lastHeader(SourceRecord.SOURCE_HEADER);
    return source == null
        ? DeadLetters.place(headers)
        : Optional.of(new String(source.value(), StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
