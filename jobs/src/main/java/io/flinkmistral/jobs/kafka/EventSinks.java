package io.flinkmistral.jobs.kafka;

import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.operator.MistralTypes;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import java.util.Properties;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.kafka.clients.producer.ProducerConfig;

/** The topics that events are written to. */
public final class EventSinks {
  private EventSinks() {}

  /**
   * Adds the sinks to the job.
   *
   * @param events of the operator
   * @param rejected of records that never got there
   */
  public static void add(
      DataStream<CompletionEvent> events,
      DataStream<CompletionEvent> rejected,
      ReadableConfig options) {
    events
        .union(rejected)
        .flatMap(new Router())
        .returns(Types.TUPLE(Types.ENUM(Destination.class), MistralTypes.EVENT))
        .name("route")
        .uid("route")
        .sinkTo(answers(options))
        .name("completions")
        .uid("completions");
    events
        .filter(event -> event instanceof Chunk)
        .name("only tokens")
        .uid("only-tokens")
        .sinkTo(tokens(options))
        .name("tokens")
        .uid("tokens");
  }

  private static KafkaSink<Tuple2<Destination, CompletionEvent>> answers(ReadableConfig options) {
    Properties producer = KafkaProperties.producer(options);
    long timeout = options.get(ChatJobOptions.TRANSACTION_TIMEOUT).toMillis();
    return KafkaSink.<Tuple2<Destination, CompletionEvent>>builder()
        .setBootstrapServers(options.get(ChatJobOptions.BOOTSTRAP_SERVERS))
        .setKafkaProducerConfig(producer)
        .setProperty(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Long.toString(timeout))
        .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .setTransactionalIdPrefix(transactionalIdPrefix(options))
        .setRecordSerializer(
            new AnswerSerializer(
                options.get(ChatJobOptions.COMPLETIONS),
                options.get(ChatJobOptions.DEAD_LETTERS),
                producer))
        .build();
  }

  private static KafkaSink<CompletionEvent> tokens(ReadableConfig options) {
    Properties producer = KafkaProperties.producer(options);
    return KafkaSink.<CompletionEvent>builder()
        .setBootstrapServers(options.get(ChatJobOptions.BOOTSTRAP_SERVERS))
        .setKafkaProducerConfig(producer)
        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
        .setRecordSerializer(new TokenSerializer(options.get(ChatJobOptions.TOKENS), producer))
        .build();
  }

  private static String transactionalIdPrefix(ReadableConfig options) {
    return options
        .getOptional(ChatJobOptions.TRANSACTIONAL_ID_PREFIX)
        .orElseGet(
            () ->
                String.join(
                    "-",
                    options.get(ChatJobOptions.NAME),
                    options.get(ChatJobOptions.PROMPTS),
                    options.get(ChatJobOptions.COMPLETIONS)));
  }
}
