package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.kafka.ReplyRule;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.protocol.CompletionEvent;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.serialization.SerializationSchema.InitializationContext;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Events to records of the topics that they were routed to; null for one that no form fits. */
final class EventSerializer
    implements KafkaRecordSerializationSchema<Tuple2<ChatTopic, CompletionEvent>> {
  private static final long serialVersionUID = 1L;

  private final EnumMap<ChatTopic, String> names;
  private final FittingRecords fitting;
  private final Replies replies;

  /**
   * @param names of the topics
   * @param rule for topics that requests name
   * @param producer the settings of the producer that the records are for
   */
  EventSerializer(Map<ChatTopic, String> names, ReplyRule rule, Properties producer) {
    this(
        names,
        new FittingRecords(producer, names.values().toArray(String[]::new)),
        new Replies(rule, producer));
  }

  EventSerializer(Map<ChatTopic, String> names, FittingRecords fitting, Replies replies) {
    this.names = new EnumMap<>(names);
    this.fitting = fitting;
    this.replies = replies;
  }

  @Override
  public void open(InitializationContext context, KafkaSinkContext sink) {
    fitting.open(context.getMetricGroup());
    replies.open(context.getMetricGroup());
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      Tuple2<ChatTopic, CompletionEvent> routed, KafkaSinkContext context, Long timestamp) {
    ChatTopic topic = routed.f0;
    CompletionEvent event = routed.f1;
    TopicLimits usual = fitting.limits(names.get(topic));
    Destination destination =
        topic == ChatTopic.COMPLETIONS ? replies.of(event, usual) : Destination.of(usual);
    return fitting.first(
        destination.topic(),
        TopicRecords.about(topic, event),
        TopicRecords.forms(topic, event, destination));
  }
}
