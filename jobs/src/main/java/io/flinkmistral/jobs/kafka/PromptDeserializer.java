package io.flinkmistral.jobs.kafka;

import io.flinkmistral.jobs.json.RequestIds;
import io.flinkmistral.jobs.json.RequestReader;
import io.flinkmistral.operator.MistralTypes;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.SourceRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.EitherTypeInfo;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.types.Either;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** A record of the prompts topic to a request (right) or to the event that it is none (left). */
final class PromptDeserializer
    implements KafkaRecordDeserializationSchema<Either<CompletionEvent, CompletionRequest>> {
  private static final long serialVersionUID = 1L;

  private final RequestReader reader;

  PromptDeserializer(RequestReader reader) {
    this.reader = reader;
  }

  @Override
  public void deserialize(
      ConsumerRecord<byte[], byte[]> record,
      Collector<Either<CompletionEvent, CompletionRequest>> out) {
    SourceRecord source = sourceRecord(record);
    try {
      out.collect(Either.Right(reader.read(source)));
    } catch (InvalidRequestException e) {
      out.collect(Either.Left(rejected(source, e)));
    }
  }

  private static Rejected rejected(SourceRecord source, InvalidRequestException e) {
    RequestIds ids = RequestIds.scan(source);
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
  public TypeInformation<Either<CompletionEvent, CompletionRequest>> getProducedType() {
    return new EitherTypeInfo<>(MistralTypes.EVENT, MistralTypes.REQUEST);
  }
}
