package io.flinkmistral.jobs.enrichment;

import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Records that are JSON objects, from where the options say to where they say: for jobs that do
 * something else with them.
 */
public final class JsonRecords {
  /** What goes out. */
  public static final TypeInformation<OutputRecord> OUTPUT = EnrichmentPipeline.OUTPUT;

  private JsonRecords() {}

  /**
   * Adds their source.
   *
   * @throws IllegalArgumentException if an option is missing or wrong
   */
  public static DataStream<InputRecord> from(
      StreamExecutionEnvironment env, ReadableConfig options) {
    return EnrichmentSource.add(env, options, new InputFormat.Json(List.of()));
  }

  /**
   * Adds the sinks of rows and dead letters.
   *
   * @throws IllegalArgumentException if an option is missing or wrong
   */
  public static void to(DataStream<OutputRecord> records, ReadableConfig options) {
    EnrichmentSinks.of(options).add(records);
  }

  /** The bytes of a record; of a dead letter those of the record that it has. */
  public static byte[] bytes(InputRecord record) {
    return DeadLetter.record(record.value());
  }
}
