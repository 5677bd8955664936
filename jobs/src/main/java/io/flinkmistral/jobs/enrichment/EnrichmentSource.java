package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.jobs.kafka.source.EndingTopicSource;
import io.flinkmistral.jobs.kafka.source.TopicSource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.reader.TextLineInputFormat;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Where records come from. */
final class EnrichmentSource {
  private static final String UID = "records";

  /** So each byte is a character, and a line that is no UTF-8 is what it was. */
  private static final String BYTES = StandardCharsets.ISO_8859_1.name();

  private EnrichmentSource() {}

  static DataStream<InputRecord> add(
      StreamExecutionEnvironment env, ReadableConfig options, InputFormat format) {
    return switch (place(options)) {
      case Place.Topic(String topic) ->
          env.fromSource(kafka(options, topic), WatermarkStrategy.noWatermarks(), UID).uid(UID);
      case Place.Files(String path) -> files(env, path, format);
    };
  }

  static Place place(ReadableConfig options) {
    return Place.of(
        EnrichmentPlan.required(
            options, EnrichmentJobOptions.INPUT, "kafka:TOPIC, or a file or folder"));
  }

  private static SingleOutputStreamOperator<InputRecord> files(
      StreamExecutionEnvironment env, String path, InputFormat format) {
    FileSource<String> source =
        FileSource.forRecordStreamFormat(new TextLineInputFormat(BYTES), new Path(path)).build();
    return env.fromSource(source, WatermarkStrategy.noWatermarks(), UID)
        .uid(UID)
        .flatMap((String line, Collector<InputRecord> out) -> collect(line, format, out))
        .returns(EnrichmentPipeline.INPUT)
        .name("lines")
        .uid("lines");
  }

  private static void collect(String line, InputFormat format, Collector<InputRecord> out) {
    byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
    if (!format.passesOver(bytes)) {
      out.collect(InputRecord.ofLine(bytes));
    }
  }

  private static Source<InputRecord, ?, ?> kafka(ReadableConfig options, String topic) {
    KafkaSourceBuilder<InputRecord> builder =
        TopicSource.builder(options, topic, new Deserializer());
    if (options.get(EnrichmentJobOptions.INPUT_END).equals(EnrichmentJobOptions.LATEST)) {
      return new EndingTopicSource<>(builder.setBounded(OffsetsInitializer.latest()).build());
    }
    return builder.build();
  }

  /**
   * The records that there are, for a look at them: it ends, and what is read is not committed as
   * read.
   */
  static DataStream<InputRecord> forALook(
      StreamExecutionEnvironment env, ReadableConfig options, InputFormat format) {
    return switch (place(options)) {
      case Place.Topic(String topic) ->
          env.fromSource(
              TopicSource.builder(options, topic, new Deserializer())
                  .setBounded(OffsetsInitializer.latest())
                  .setProperty(KafkaSourceOptions.COMMIT_OFFSETS_ON_CHECKPOINT.key(), "false")
                  .build(),
              WatermarkStrategy.noWatermarks(),
              UID);
      case Place.Files(String path) -> files(env, path, format);
    };
  }

  /** A topic's record with all that a dead letter keeps of it. */
  private static final class Deserializer implements KafkaRecordDeserializationSchema<InputRecord> {
    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<InputRecord> out) {
      List<String> names = new ArrayList<>();
      List<byte[]> values = new ArrayList<>();
      for (Header header : record.headers()) {
        names.add(header.key());
        values.add(header.value() == null ? new byte[0] : header.value());
      }
      out.collect(
          new InputRecord(
              record.value() == null ? new byte[0] : record.value(),
              record.key(),
              names.toArray(String[]::new),
              values.toArray(byte[][]::new),
              "%s-%d-%d".formatted(record.topic(), record.partition(), record.offset())));
    }

    @Override
    public TypeInformation<InputRecord> getProducedType() {
      return EnrichmentPipeline.INPUT;
    }
  }
}
