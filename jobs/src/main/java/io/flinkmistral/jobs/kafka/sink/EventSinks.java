package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.kafka.ReplyRule;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.operator.MistralTypes;
import io.flinkmistral.protocol.CompletionEvent;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.kafka.clients.producer.ProducerConfig;

/** The topics that events are written to. */
public final class EventSinks {
  private EventSinks() {}

  /**
   * Adds the sinks to the job: one for all topics that are written exactly once, in one
   * transaction, and one for those that do not wait for it.
   *
   * @param events of the operator
   * @param rejected of records that never got there
   */
  public static void add(
      DataStream<CompletionEvent> events,
      DataStream<CompletionEvent> rejected,
      ReadableConfig options) {
    DataStream<CompletionEvent> all = events.union(rejected);
    routed(all, topics(options, ChatTopic.Use.EXACTLY_ONCE), options, "route")
        .sinkTo(exactlyOnce(options))
        .name("completions")
        .uid("completions");
    Set<ChatTopic> atOnce = topics(options, ChatTopic.Use.AT_LEAST_ONCE);
    routed(atOnce.contains(ChatTopic.COMPLETIONS) ? all : events, atOnce, options, "only-tokens")
        .sinkTo(atLeastOnce(options))
        .name("tokens")
        .uid("tokens");
  }

  private static Set<ChatTopic> topics(ReadableConfig options, ChatTopic.Use use) {
    return ChatTopic.written()
        .filter(topic -> use(topic, options) == use)
        .collect(Collectors.toSet());
  }

  private static ChatTopic.Use use(ChatTopic topic, ReadableConfig options) {
    boolean atOnce =
        options.get(ChatJobOptions.COMPLETIONS_DELIVERY).equals(ChatJobOptions.AT_LEAST_ONCE);
    return topic == ChatTopic.COMPLETIONS && atOnce ? ChatTopic.Use.AT_LEAST_ONCE : topic.use();
  }

  private static DataStream<Tuple2<ChatTopic, CompletionEvent>> routed(
      DataStream<CompletionEvent> events,
      Set<ChatTopic> topics,
      ReadableConfig options,
      String uid) {
    return events
        .flatMap(new Router(topics, ReplyRule.of(options)))
        .returns(Types.TUPLE(Types.ENUM(ChatTopic.class), MistralTypes.EVENT))
        .name(uid.replace('-', ' '))
        .uid(uid);
  }

  private static KafkaSink<Tuple2<ChatTopic, CompletionEvent>> exactlyOnce(ReadableConfig options) {
    long timeout = options.get(ChatJobOptions.TRANSACTION_TIMEOUT).toMillis();
    return builder(options, ChatTopic.Use.EXACTLY_ONCE)
        .setProperty(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Long.toString(timeout))
        .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .setTransactionalIdPrefix(transactionalIdPrefix(options))
        .build();
  }

  private static KafkaSink<Tuple2<ChatTopic, CompletionEvent>> atLeastOnce(ReadableConfig options) {
    return builder(options, ChatTopic.Use.AT_LEAST_ONCE)
        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
        .build();
  }

  private static KafkaSinkBuilder<Tuple2<ChatTopic, CompletionEvent>> builder(
      ReadableConfig options, ChatTopic.Use use) {
    Map<ChatTopic, String> names =
        topics(options, use).stream()
            .collect(Collectors.toMap(Function.identity(), topic -> topic.in(options)));
    Properties producer = ProducerSettings.of(options);
    return KafkaSink.<Tuple2<ChatTopic, CompletionEvent>>builder()
        .setBootstrapServers(options.get(ChatJobOptions.BOOTSTRAP_SERVERS))
        .setKafkaProducerConfig(producer)
        .setRecordSerializer(new EventSerializer(names, ReplyRule.of(options), producer));
  }

  private static String transactionalIdPrefix(ReadableConfig options) {
    return TransactionalIds.prefix(
        options,
        options.get(ChatJobOptions.NAME),
        ChatTopic.PROMPTS.in(options),
        ChatTopic.COMPLETIONS.in(options));
  }
}
