package io.flinkmistral.jobs.kafka;

import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.Excerpt;
import java.util.Properties;
import org.apache.flink.api.common.serialization.SerializationSchema.InitializationContext;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Streamed tokens to records. One that its topic does not take is left out: the answer has it. */
final class TokenSerializer implements KafkaRecordSerializationSchema<CompletionEvent> {
  private static final long serialVersionUID = 1L;

  private final String topic;
  private final FittingRecords fitting;

  /**
   * @param producer the settings of the producer that the records are for
   */
  TokenSerializer(String topic, Properties producer) {
    this(topic, new FittingRecords(producer, topic));
  }

  TokenSerializer(String topic, FittingRecords fitting) {
    this.topic = topic;
    this.fitting = fitting;
  }

  @Override
  public void open(InitializationContext context, KafkaSinkContext sink) {
    fitting.open(context.getMetricGroup());
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      CompletionEvent event, KafkaSinkContext context, Long timestamp) {
    return fitting.first(
        "request " + Excerpt.of(event.requestId()),
        EventRecords.forms(fitting.limits(topic), event));
  }
}
