package io.flinkmistral.jobs.evaluation;

import io.flinkmistral.jobs.enrichment.EnrichmentJobOptions;
import org.apache.flink.configuration.ReadableConfig;

/** Folders beside the output. */
final class Folders {
  private static final String TOPIC = "kafka:";

  private Folders() {}

  /**
   * That of the report.
   *
   * @throws IllegalArgumentException if an option is missing
   */
  static String report(ReadableConfig options) {
    return options
        .getOptional(EvaluationJobOptions.REPORT)
        .orElseGet(() -> beside(options, "-report", EvaluationJobOptions.REPORT.key()));
  }

  /**
   * A folder beside the output's.
   *
   * @param missing the option that has to say where, where the output is a topic
   */
  static String beside(ReadableConfig options, String behind, String missing) {
    String output =
        options
            .getOptional(EnrichmentJobOptions.OUTPUT)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "option output is missing: kafka:TOPIC, or a folder"));
    if (output.startsWith(TOPIC)) {
      throw new IllegalArgumentException(
          "option %s is missing: a topic has no folder beside it".formatted(missing));
    }
    return output.replaceFirst("/+$", "") + behind;
  }
}
