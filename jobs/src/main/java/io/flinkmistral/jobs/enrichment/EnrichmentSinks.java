package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.jobs.kafka.sink.EnrichedRecords;
import io.flinkmistral.jobs.kafka.sink.TransactionalIds;
import io.flinkmistral.protocol.ErrorCode;
import java.io.Serializable;
import java.util.List;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.sink.filesystem.OutputFileConfig;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.BasePathBucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;

/**
 * Where records go, each exactly once: rows to one place, dead letters to another.
 *
 * @param rows of records with their new fields
 * @param letters of those that have none
 */
record EnrichmentSinks(Place rows, Place letters, ReadableConfig options) {
  private static final String BEHIND = "-dead-letters";

  static EnrichmentSinks of(ReadableConfig options) {
    String output =
        EnrichmentPlan.required(options, EnrichmentJobOptions.OUTPUT, "kafka:TOPIC, or a folder");
    String letters =
        options
            .getOptional(EnrichmentJobOptions.DEAD_LETTERS)
            .orElse(output.replaceFirst("/+$", "") + BEHIND);
    String input =
        EnrichmentPlan.required(
            options, EnrichmentJobOptions.INPUT, "kafka:TOPIC, or a file or folder");
    requireDifferent(EnrichmentJobOptions.OUTPUT.key(), output, "input", input);
    requireDifferent(EnrichmentJobOptions.DEAD_LETTERS.key(), letters, "input", input);
    requireDifferent(EnrichmentJobOptions.DEAD_LETTERS.key(), letters, "output", output);
    return new EnrichmentSinks(Place.of(output), Place.of(letters), options);
  }

  private static void requireDifferent(String one, String place, String other, String otherPlace) {
    if (place.equals(otherPlace)) {
      throw new IllegalArgumentException(
          "options %s and %s cannot both be \"%s\": each needs a place of its own"
              .formatted(one, other, place));
    }
  }

  /** What a row has to be, so that it is no dead letter. */
  RowLimit limit() {
    return switch (rows) {
      case Place.Files _ -> new RowLimit.None();
      case Place.Topic(String topic) ->
          new RowLimit.OfTopic(new EnrichedRecords.Limit<>(options, topic, EnrichmentSinks::row));
    };
  }

  void add(DataStream<OutputRecord> records) {
    records
        .filter(OutputRecord::isRow)
        .name("rows")
        .uid("only-rows")
        .sinkTo(sink(rows, "rows", OutputRecord::row, EnrichmentSinks::row))
        .name("output")
        .uid("output");
    records
        .filter(record -> !record.isRow())
        .name("dead letters")
        .uid("only-dead-letters")
        .sinkTo(sink(letters, "dead-letters", EnrichmentSinks::line, EnrichmentSinks::letter))
        .name("dead letters")
        .uid("dead-letters");
  }

  private interface Line extends Serializable {
    byte[] of(OutputRecord record);
  }

  private Sink<OutputRecord> sink(
      Place place, String kind, Line line, EnrichedRecords.Form<OutputRecord> form) {
    return switch (place) {
      case Place.Topic(String topic) ->
          EnrichedRecords.sink(options, topic, prefix() + "-" + kind, form);
      case Place.Files(String path) ->
          FileSink.<OutputRecord>forRowFormat(
                  new Path(path),
                  (record, out) -> {
                    out.write(line.of(record));
                    out.write('\n');
                  })
              .withBucketAssigner(new BasePathBucketAssigner<>())
              .withRollingPolicy(OnCheckpointRollingPolicy.build())
              .withOutputFileConfig(OutputFileConfig.builder().withPartSuffix(".jsonl").build())
              .build();
    };
  }

  private String prefix() {
    return TransactionalIds.prefix(
        options,
        options.get(EnrichmentJobOptions.NAME),
        options.get(EnrichmentJobOptions.INPUT),
        options.get(EnrichmentJobOptions.OUTPUT));
  }

  private static byte[] line(OutputRecord letter) {
    return DeadLetter.line(
        DeadLetter.record(letter.input().value()),
        ErrorCode.valueOf(letter.code()),
        letter.parameter(),
        letter.message());
  }

  private static EnrichedRecords.Content row(OutputRecord record) {
    return content(record, record.row(), List.of());
  }

  /** As it came, with headers that say why. */
  private static EnrichedRecords.Content letter(OutputRecord record) {
    return content(
        record,
        record.input().value(),
        List.of(
            new EnrichedRecords.Error("code", ErrorCode.valueOf(record.code()).wireName()),
            new EnrichedRecords.Error("message", record.message()),
            new EnrichedRecords.Error("place", record.input().place())));
  }

  private static EnrichedRecords.Content content(
      OutputRecord record, byte[] value, List<EnrichedRecords.Error> errors) {
    InputRecord input = record.input();
    return new EnrichedRecords.Content(
        input.place(), input.key(), value, input.headerNames(), input.headerValues(), errors);
  }
}
