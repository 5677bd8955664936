package io.flinkmistral.jobs.kafka.source;

import io.flinkmistral.jobs.json.RecordReader;
import io.flinkmistral.jobs.json.RequestIds;
import io.flinkmistral.jobs.kafka.ReplyRule;
import io.flinkmistral.operator.MistralTypes;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.SourceRecord;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.api.common.serialization.DeserializationSchema.InitializationContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.EitherTypeInfo;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.types.Either;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A record of the prompts topic to what it is (right) or to the event that it is nothing (left).
 */
final class PromptDeserializer
    implements KafkaRecordDeserializationSchema<Either<CompletionEvent, ClientRecord>> {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(PromptDeserializer.class);

  private final Reading reading;
  private final int mostBytes;
  private final String topic;
  private final Properties consumer;

  /** Reads a record, and may throw anything about it. */
  interface Reading extends Serializable {
    ClientRecord read(SourceRecord record, long timestamp);
  }

  /** Absent until this is opened. */
  private transient PartitionCheck partitions;

  /**
   * @param rule which a request's headers are held against
   * @param consumer the settings of the consumer that the records are from
   */
  PromptDeserializer(RecordReader reader, ReplyRule rule, String topic, Properties consumer) {
    this(
        (record, timestamp) -> {
          rule.address(record.headers());
          return reader.read(record, timestamp);
        },
        reader.requests().maxBytes(),
        topic,
        consumer);
  }

  PromptDeserializer(Reading reading, int mostBytes, String topic, Properties consumer) {
    this.reading = reading;
    this.mostBytes = mostBytes;
    this.topic = topic;
    this.consumer = consumer;
  }

  @Override
  public void open(InitializationContext context) {
    PartitionCount count = PartitionCount.of(consumer, topic);
    partitions = new PartitionCheck(count::known, count::mayBeOld, context.getMetricGroup());
  }

  @Override
  public void deserialize(
      ConsumerRecord<byte[], byte[]> record, Collector<Either<CompletionEvent, ClientRecord>> out) {
    if (partitions != null) {
      partitions.check(record);
    }
    out.collect(read(sourceRecord(record), record.timestamp()));
  }

  /**
   * Whatever reading a record throws is about that record: the next ones are read, and a restart
   * would only come to it again.
   */
  private Either<CompletionEvent, ClientRecord> read(SourceRecord source, long timestamp) {
    try {
      return Either.Right(reading.read(source, timestamp));
    } catch (InvalidRequestException e) {
      return Either.Left(rejected(source, e));
    } catch (RuntimeException | StackOverflowError e) {
      LOG.warn("the record {} cannot be read; it is set aside", source.place(), e);
      return Either.Left(
          rejected(source, new InvalidRequestException("", "the record cannot be read: " + e)));
    }
  }

  private Rejected rejected(SourceRecord source, InvalidRequestException e) {
    RequestIds ids = RequestIds.scan(source, mostBytes);
    return new Rejected(
        ids.requestId(),
        ids.conversationId(),
        e.parameter(),
        e.code().wireName(),
        e.getMessage(),
        Optional.of(source));
  }

  private static SourceRecord sourceRecord(ConsumerRecord<byte[], byte[]> record) {
    List<SourceRecord.Header> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      headers.add(new SourceRecord.Header(header.key(), header.value()));
    }
    return new SourceRecord(
        record.topic(), record.partition(), record.offset(), record.key(), record.value(), headers);
  }

  @Override
  public TypeInformation<Either<CompletionEvent, ClientRecord>> getProducedType() {
    return new EitherTypeInfo<>(MistralTypes.EVENT, MistralTypes.CLIENT_RECORD);
  }
}
