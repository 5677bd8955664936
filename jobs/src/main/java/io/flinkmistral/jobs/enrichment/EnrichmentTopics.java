package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.jobs.kafka.BrokerCheck;
import io.flinkmistral.jobs.options.ChatJobOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.ReadableConfig;

/** The topics of a job, which may have none, one, or three. */
final class EnrichmentTopics {
  private EnrichmentTopics() {}

  /**
   * Looks for them, and for their brokers, before the job starts.
   *
   * @throws IOException if the job could not run with them; the message says what to do
   */
  static void check(ReadableConfig options) throws IOException {
    List<String> read = new ArrayList<>();
    List<String> written = new ArrayList<>();
    addTopic(EnrichmentSource.place(options), read);
    if (options.get(EnrichmentJobOptions.SAMPLE) == 0) {
      EnrichmentSinks sinks = EnrichmentSinks.of(options);
      addTopic(sinks.rows(), written);
      addTopic(sinks.letters(), written);
    }
    if (options.get(ChatJobOptions.CHECK) && !(read.isEmpty() && written.isEmpty())) {
      BrokerCheck.check(
          options,
          new BrokerCheck.Topics(read, written, "input, output, dead-letters"),
          "where only the TaskManagers reach it, set %s to false"
              .formatted(ChatJobOptions.CHECK.key()));
    }
  }

  private static void addTopic(Place place, List<String> topics) {
    if (place instanceof Place.Topic(String name)) {
      topics.add(name);
    }
  }
}
