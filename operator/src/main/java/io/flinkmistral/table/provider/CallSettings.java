package io.flinkmistral.table.provider;

import java.time.Duration;
import java.util.Optional;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.api.config.MLPredictRuntimeConfigOptions;

/**
 * What Flink does with asynchronous calls: those of a call's own map, or of the session.
 *
 * @param timeout after which it fails the job
 * @param concurrency calls of a subtask at a time
 */
public record CallSettings(Duration timeout, int concurrency) {
  private static final int PARTS = 10;
  private static final Duration MOST_SPARE = Duration.ofSeconds(10);

  public static CallSettings of(ReadableConfig call, ReadableConfig session) {
    return new CallSettings(
        call.getOptional(MLPredictRuntimeConfigOptions.ASYNC_TIMEOUT)
            .orElseGet(
                () -> session.get(ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_TIMEOUT)),
        call.getOptional(MLPredictRuntimeConfigOptions.ASYNC_MAX_CONCURRENT_OPERATIONS)
            .orElseGet(
                () ->
                    session.get(
                        ExecutionConfigOptions
                            .TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS)));
  }

  /**
   * How long a row may take so that Flink's own time never comes: a tenth less.
   *
   * @param asked by the model's declaration
   */
  public Optional<Duration> deadline(Optional<Duration> asked) {
    if (timeout.isZero() || timeout.isNegative()) {
      return asked; // Flink waits for ever.
    }
    Duration tenth = timeout.dividedBy(PARTS);
    Duration most = timeout.minus(tenth.compareTo(MOST_SPARE) < 0 ? tenth : MOST_SPARE);
    return Optional.of(asked.filter(time -> time.compareTo(most) < 0).orElse(most));
  }
}
