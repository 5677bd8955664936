package io.flinkmistral.jobs.kafka.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.SourceRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Without a broker to ask, so that topics take what Kafka's defaults are. */
class RefusedRecordsTest {
  private static final RecordMetadata METADATA =
      new RecordMetadata(new TopicPartition("answers", 0), -1, 0, -1, -1, -1);

  private final RefusedRecords refused = new RefusedRecords();

  static Stream<Exception> aboutTheRecord() {
    return Stream.of(
        new RecordTooLargeException("too large"),
        new RecordBatchTooLargeException("too large"),
        new InvalidRecordException("invalid"),
        new InvalidTimestampException("of another time"),
        new PolicyViolationException("against the rules"));
  }

  static Stream<Exception> aboutSomethingElse() {
    return Stream.of(
        new TimeoutException("no answer"),
        new NetworkException("gone"),
        new AuthorizationException("not allowed"),
        new ProducerFencedException("fenced"),
        new IllegalStateException("closed"));
  }

  private static Headers headers() {
    Headers headers = new RecordHeaders();
    RefusedRecords.name(headers, new SourceRecord("prompts", 3, 17, null, null, List.of()));
    return headers;
  }

  @ParameterizedTest
  @MethodSource("aboutTheRecord")
  void aFailureThatIsAboutARecordNamesIt(Exception exception) {
    refused.onAcknowledgement(METADATA, exception, headers());
    assertThat(exception.getSuppressed()).hasSize(1);
    assertThat(exception.getSuppressed()[0])
        .hasMessage(
            "topic answers refused a record about prompts-3-17: %s; it takes 1048576 bytes of a record now, which the job reads when it starts again"
                .formatted(exception.getMessage()));
  }

  @ParameterizedTest
  @MethodSource("aboutSomethingElse")
  void otherFailuresAreLeftAlone(Exception exception) {
    refused.onAcknowledgement(METADATA, exception, headers());
    assertThat(exception.getSuppressed()).isEmpty();
  }

  @Test
  void whatWentWellIsNoFailure() {
    refused.onAcknowledgement(METADATA, null, headers());
  }

  @Test
  void onlyTheFirstIsNamed() {
    Exception first = new RecordTooLargeException("a");
    Exception second = new RecordTooLargeException("b");
    refused.onAcknowledgement(METADATA, first, headers());
    refused.onAcknowledgement(METADATA, second, headers());
    assertThat(first.getSuppressed()).hasSize(1);
    assertThat(second.getSuppressed()).isEmpty();
  }

  @Test
  void aRecordThatNobodyKnowsIsSaidToBeThat() {
    for (Headers none : new Headers[] {null, new RecordHeaders()}) {
      Exception exception = new RecordTooLargeException("a");
      new RefusedRecords().onAcknowledgement(null, exception, none);
      assertThat(exception.getSuppressed()[0])
          .hasMessageStartingWith("topic  refused a record about a request that is not known: a;");
    }
  }

  @Test
  void theProducersOwnLimitIsToldAndSettingsWithoutAValueAreNone() {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", null);
    settings.put("max.request.size", "1000");
    refused.configure(settings);
    Exception exception = new RecordTooLargeException("a");
    refused.onAcknowledgement(METADATA, exception, headers());
    assertThat(exception.getSuppressed()[0]).hasMessageContaining("it takes 1000 bytes");
  }
}
