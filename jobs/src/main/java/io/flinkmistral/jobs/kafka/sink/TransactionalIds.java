package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.options.ChatJobOptions;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ReadableConfig;

/** Names of transactions: two jobs with the same ones would end each other's. */
public final class TransactionalIds {
  private TransactionalIds() {}

  /**
   * What a job's ids begin with: the option, or the job's name and places.
   *
   * @param places topics or paths that no other job reads and writes
   */
  public static String prefix(ReadableConfig options, String job, String... places) {
    return options
        .getOptional(ChatJobOptions.TRANSACTIONAL_ID_PREFIX)
        .orElseGet(
            () ->
                Stream.concat(
                        Stream.of(job),
                        Arrays.stream(places)
                            .map(place -> place.replaceAll("[^a-zA-Z0-9._-]+", "-")))
                    .collect(Collectors.joining("-")));
  }
}
