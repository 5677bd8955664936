package io.flinkmistral.jobs.kafka.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.operator.MistralTypes;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.SourceRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.java.typeutils.EitherTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.types.Either;
import org.apache.flink.util.UserCodeClassLoader;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class PromptDeserializerTest {
  private static final byte[] VALUE = "{\"request_id\": \"r\", \"a\": 1}".getBytes(UTF_8);

  @Test
  void whateverReadingARecordThrowsIsThatRecordsRefusal() {
    assertThat(refusal(new InvalidRequestException("a", "a is bad")).message())
        .isEqualTo("a is bad");
    for (RuntimeException any :
        List.of(
            new IllegalStateException("no\nsuch\ud800"),
            new ArithmeticException(),
            new NullPointerException("x".repeat(1_000_000)),
            new ClassCastException("a cannot be cast"))) {
      Rejected rejected = refusal(any);
      assertThat(rejected.message())
          .startsWith("the record cannot be read: " + any.getClass().getName())
          .doesNotContain("\n", "\ud800")
          .hasSizeLessThan(1100);
      assertThat(rejected.requestId()).isEqualTo("r");
      assertThat(rejected.origin().orElseThrow().value()).isEqualTo(VALUE);
    }
  }

  @Test
  void readingThatGoesTooDeepIsThatRecordsRefusal() {
    assertThat(outcome((record, _) -> deeper(record, 0)).left())
        .isInstanceOfSatisfying(
            Rejected.class, r -> assertThat(r.message()).contains("StackOverflowError"));
  }

  /** What comes after reading is not about the record. */
  @Test
  void whatTakesTheRequestMayFail() {
    PromptDeserializer deserializer =
        new PromptDeserializer(
            (_, _) -> CompletionRequest.ofUser("r", "c", "Hi"), 1000, "prompts", new Properties());
    IllegalStateException stopped = new IllegalStateException("the task has stopped");
    assertThatThrownBy(
            () ->
                deserializer.deserialize(
                    record(),
                    new ListCollector<>(new ArrayList<>()) {
                      @Override
                      public void collect(Either<CompletionEvent, ClientRecord> any) {
                        throw stopped;
                      }
                    }))
        .isSameAs(stopped);
  }

  @Test
  void onceItIsOpenRecordsAreHeldAgainstTheirPartitions() {
    PromptDeserializer deserializer =
        new PromptDeserializer(
            (_, _) -> CompletionRequest.ofUser("r", "c", "Hi"), 1000, "prompts", new Properties());
    assertThat(deserializer.getProducedType())
        .isEqualTo(new EitherTypeInfo<>(MistralTypes.EVENT, MistralTypes.CLIENT_RECORD));
    Map<String, Counter> counters = new HashMap<>();
    deserializer.open(
        new DeserializationSchema.InitializationContext() {
          @Override
          public MetricGroup getMetricGroup() {
            return new UnregisteredMetricsGroup() {
              @Override
              public Counter counter(String name) {
                return counters.computeIfAbsent(name, _ -> new SimpleCounter());
              }
            };
          }

          @Override
          public UserCodeClassLoader getUserCodeClassLoader() {
            throw new UnsupportedOperationException();
          }
        });
    deserializer.deserialize(record(), new ListCollector<>(new ArrayList<>()));
    assertThat(counters.get("recordsWithoutKey").getCount()).isOne();
  }

  private static CompletionRequest deeper(SourceRecord record, int depth) {
    return deeper(record, depth + 1);
  }

  private static Rejected refusal(RuntimeException thrown) {
    return (Rejected)
        outcome(
                (_, _) -> {
                  throw thrown;
                })
            .left();
  }

  private static Either<CompletionEvent, ClientRecord> outcome(PromptDeserializer.Reading reading) {
    List<Either<CompletionEvent, ClientRecord>> read = new ArrayList<>();
    new PromptDeserializer(reading, 1000, "prompts", new Properties())
        .deserialize(record(), new ListCollector<>(read));
    assertThat(read).hasSize(1);
    return read.getFirst();
  }

  private static ConsumerRecord<byte[], byte[]> record() {
    return new ConsumerRecord<>("prompts", 3, 17, null, VALUE);
  }
}
