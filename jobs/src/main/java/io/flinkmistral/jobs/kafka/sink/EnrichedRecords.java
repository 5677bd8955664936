package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.protocol.CopiedHeaders;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Supplier;
import org.apache.flink.api.common.serialization.SerializationSchema.InitializationContext;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A sink for a topic of records that are only bytes, written exactly once. */
public final class EnrichedRecords {
  private EnrichedRecords() {}

  /** Makes topic records of a stream's. */
  @FunctionalInterface
  public interface Form<T> extends Serializable {
    Content of(T value);
  }

  /**
   * A topic's record.
   *
   * @param about what it is, for the log
   * @param value null for none
   * @param errors what is wrong with it, by the names that dead letters' headers have; none for a
   *     record that is right
   */
  public record Content(
      String about,
      byte[] key,
      byte[] value,
      String[] headerNames,
      byte[][] headerValues,
      List<Error> errors) {}

  /** A header that says what is wrong. */
  public record Error(String name, String value) {}

  /**
   * The sink.
   *
   * @param prefix of its transactional ids, of each sink its own
   */
  public static <T> KafkaSink<T> sink(
      ReadableConfig options, String topic, String prefix, Form<T> form) {
    long timeout = options.get(ChatJobOptions.TRANSACTION_TIMEOUT).toMillis();
    Properties producer = ProducerSettings.of(options);
    return KafkaSink.<T>builder()
        .setBootstrapServers(options.get(ChatJobOptions.BOOTSTRAP_SERVERS))
        .setKafkaProducerConfig(producer)
        .setProperty(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Long.toString(timeout))
        .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .setTransactionalIdPrefix(prefix)
        .setRecordSerializer(new Serializer<>(topic, form, new FittingRecords(producer, topic)))
        .build();
  }

  /** What a topic takes, for those who can do something else with what it does not. */
  public static final class Limit<T> implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Properties producer;
    private final String topic;
    private final Form<T> form;
    private transient TopicLimits limits;

    public Limit(ReadableConfig options, String topic, Form<T> form) {
      this.producer = ProducerSettings.of(options);
      this.topic = topic;
      this.form = form;
    }

    /** Asks the brokers. To be called before the other. */
    public void open() {
      limits = TopicSettings.limits(producer, topic).get(topic);
    }

    /** Why the topic takes no such record; nothing where it does. */
    public Optional<String> refusal(T value) {
      ProducerRecord<byte[], byte[]> record = record(topic, form.of(value), true);
      return limits.takes(record)
          ? Optional.empty()
          : Optional.of(
              "the row has %d bytes%s, but topic %s takes %d%s"
                  .formatted(
                      TopicLimits.bytes(record),
                      record.key() == null ? " and no key" : "",
                      topic,
                      limits.maxBytes(),
                      limits.needsKeys() ? " with a key" : ""));
    }
  }

  private static ProducerRecord<byte[], byte[]> record(
      String topic, Content content, boolean whole) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, content.key(), whole ? content.value() : null);
    for (int i = 0; i < content.headerNames().length; i++) {
      // What an earlier dead letter said of it holds no more.
      if (!content.headerNames()[i].startsWith(CopiedHeaders.ERRORS)) {
        record.headers().add(content.headerNames()[i], content.headerValues()[i]);
      }
    }
    content
        .errors()
        .forEach(
            error ->
                record
                    .headers()
                    .add(
                        CopiedHeaders.ERRORS + error.name(),
                        error.value().getBytes(StandardCharsets.UTF_8)));
    return record;
  }

  private static final class Serializer<T> implements KafkaRecordSerializationSchema<T> {
    private static final long serialVersionUID = 1L;

    private final String topic;
    private final Form<T> form;
    private final FittingRecords fitting;

    Serializer(String topic, Form<T> form, FittingRecords fitting) {
      this.topic = topic;
      this.form = form;
      this.fitting = fitting;
    }

    @Override
    public void open(InitializationContext context, KafkaSinkContext sink) {
      fitting.open(context.getMetricGroup());
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        T value, KafkaSinkContext context, Long timestamp) {
      Content content = form.of(value);
      List<Supplier<ProducerRecord<byte[], byte[]>>> forms = new ArrayList<>();
      forms.add(() -> record(topic, content, true));
      if (!content.errors().isEmpty()) {
        forms.add(
            () -> record(topic, content, false)); // Without its value: where it stands is said.
      }
      return fitting.first(fitting.limits(topic), content.about(), forms);
    }
  }
}
