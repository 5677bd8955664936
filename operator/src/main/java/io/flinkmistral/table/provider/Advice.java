package io.flinkmistral.table.provider;

import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.table.declaration.EngineOptions;
import io.flinkmistral.table.prediction.Prediction;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.ExtractionTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.api.config.MLPredictRuntimeConfigOptions;
import org.apache.flink.util.TimeUtils;

/** Settings that do not fit each other, told when a statement is planned. */
public final class Advice {
  /** More than the memory of any CPU gives: what takes longer with it takes longer anywhere. */
  private static final double BYTES_PER_SECOND = 500e9;

  private Advice() {}

  /**
   * @param asked time of a row, as the model declares it
   */
  public static List<String> ofAsync(
      Prediction prediction, Optional<Duration> asked, CallSettings call) {
    List<String> advice = new ArrayList<>();
    Optional<Duration> deadline = call.deadline(asked);
    if (asked.isPresent() && !deadline.equals(asked)) {
      advice.add(
          "option timeout is %s, but Flink fails the job after %s: rows end after %s; raise %s, or timeout in the call's MAP"
              .formatted(
                  text(asked.get()),
                  text(call.timeout()),
                  text(deadline.orElseThrow()),
                  ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_TIMEOUT.key()));
    }
    Configuration engine = Configuration.fromMap(prediction.engine());
    int together = engine.get(MistralOptions.MAX_CONVERSATIONS);
    if (call.concurrency() > together) {
      advice.add(
          "%d calls of a subtask are under way at a time, but %d of all subtasks are decoded together (%s): the others wait, and that counts for their timeout"
              .formatted(call.concurrency(), together, MistralOptions.MAX_CONVERSATIONS.key()));
    }
    longest(prediction, engine)
        .filter(time -> deadline.isPresent() && time.compareTo(deadline.get()) > 0)
        .ifPresent(
            time ->
                advice.add(
                    "an answer of max-tokens takes %s at the least with this model, but a row may take %s: lower max-tokens, or raise %s"
                        .formatted(
                            text(time),
                            text(deadline.get()),
                            ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_TIMEOUT.key())));
    return advice;
  }

  public static List<String> ofBlocking(ReadableConfig call) {
    List<String> advice = new ArrayList<>();
    advice.add(
        "async is false: a subtask computes one row at a time, and its checkpoints wait for it");
    if (call.getOptional(MLPredictRuntimeConfigOptions.ASYNC_TIMEOUT).isPresent()) {
      advice.add(
          "timeout in the call's MAP has no effect where async is false: use the model's own");
    }
    return advice;
  }

  /** Each token needs all weights once. */
  private static Optional<Duration> longest(Prediction prediction, Configuration engine) {
    int tokens =
        switch (prediction.task()) {
          case CompletionTask completion -> completion.decoding().maxTokens();
          case ExtractionTask extraction -> extraction.decoding().maxTokens();
          default -> 1;
        };
    int most = tokens == 0 ? engine.get(MistralOptions.MAX_TOKENS) : tokens;
    try {
      double bytes = Files.size(Path.of(engine.get(EngineOptions.MODEL_PATH)));
      return Optional.of(Duration.ofMillis((long) (1000 * most * bytes / BYTES_PER_SECOND)));
    } catch (IOException e) {
      return Optional.empty(); // It is not on this machine.
    }
  }

  private static String text(Duration time) {
    return TimeUtils.formatWithHighestUnit(time);
  }
}
