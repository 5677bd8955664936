package io.flinkmistral.jobs.kafka;

import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.Excerpt;
import java.util.Properties;
import org.apache.flink.api.common.serialization.SerializationSchema.InitializationContext;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Events to records of the topic that they are destined for. */
final class AnswerSerializer
    implements KafkaRecordSerializationSchema<Tuple2<Destination, CompletionEvent>> {
  private static final long serialVersionUID = 1L;

  private final String completions;
  private final String deadLetters;
  private final FittingRecords fitting;

  /**
   * @param producer the settings of the producer that the records are for
   */
  AnswerSerializer(String completions, String deadLetters, Properties producer) {
    this(completions, deadLetters, new FittingRecords(producer, completions, deadLetters));
  }

  AnswerSerializer(String completions, String deadLetters, FittingRecords fitting) {
    this.completions = completions;
    this.deadLetters = deadLetters;
    this.fitting = fitting;
  }

  @Override
  public void open(InitializationContext context, KafkaSinkContext sink) {
    fitting.open(context.getMetricGroup());
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      Tuple2<Destination, CompletionEvent> routed, KafkaSinkContext context, Long timestamp) {
    CompletionEvent event = routed.f1;
    return switch (routed.f0) {
      case COMPLETIONS ->
          fitting.first(
              "request " + Excerpt.of(event.requestId()),
              EventRecords.forms(fitting.limits(completions), event));
      case DEAD_LETTERS -> {
        Rejected rejected = (Rejected) event;
        yield fitting.first(
            rejected.origin().orElseThrow().place(),
            DeadLetters.forms(fitting.limits(deadLetters), rejected));
      }
    };
  }
}
