package io.flinkmistral.jobs.kafka.source;

import io.flinkmistral.jobs.json.RecordReader;
import io.flinkmistral.jobs.kafka.ReplyRule;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.types.Either;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What the job's source makes of records, without a broker. */
public final class PromptReading {
  private final PromptDeserializer deserializer;

  public PromptReading(RecordReader reader) {
    deserializer =
        new PromptDeserializer(
            reader, ReplyRule.of(new Configuration()), "prompts", new Properties());
  }

  public List<Either<CompletionEvent, ClientRecord>> read(ConsumerRecord<byte[], byte[]> record) {
    List<Either<CompletionEvent, ClientRecord>> read = new ArrayList<>();
    deserializer.deserialize(record, new ListCollector<>(read));
    return read;
  }
}
