package io.flinkmistral.operator.options;

import io.flinkmistral.task.prompt.ContextOverflow;
import io.flinkmistral.task.prompt.TaskLimits;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/** The options of enrichment, beside those of the model ({@link MistralOptions}). */
public final class EnrichmentOptions {
  /** All that are defined below. */
  public static final CheckedOptions CHECKED = new CheckedOptions();

  /** The value of {@link #ORDER} that keeps the order. */
  public static final String ORDERED = "ordered";

  public static final ConfigOption<String> ORDER =
      CHECKED.add(
          ConfigOptions.key("enrich.order")
              .stringType()
              .defaultValue("unordered")
              .withDescription(
                  "Whether records of a subtask come out as they are answered (unordered), or as"
                      + " they came in (ordered), where a long answer holds up those behind it."),
          Allowed.words(List.of("unordered", ORDERED)));

  public static final ConfigOption<Duration> DEADLINE =
      CHECKED.add(
          ConfigOptions.key("enrich.deadline")
              .durationType()
              .defaultValue(Duration.ZERO)
              .withDescription(
                  "Time from when a record comes in, after which it is given up with the error"
                      + " deadline_exceeded; 0 for never. With a deadline what comes out depends"
                      + " on time, and may differ after a restart."),
          Allowed.durations(Duration.ZERO, Duration.ofDays(30)));

  public static final ConfigOption<Integer> MAX_CONTEXT =
      CHECKED.add(
          ConfigOptions.key("enrich.max-context-size")
              .intType()
              .defaultValue(0)
              .withDescription("Most tokens of prompt and answer; 0 for what the model has."),
          Allowed.numbers(0, 1 << 20));

  public static final ConfigOption<ContextOverflow> CONTEXT_OVERFLOW =
      CHECKED.add(
          ConfigOptions.key("enrich.context-overflow-action")
              .enumType(ContextOverflow.class)
              .defaultValue(ContextOverflow.ERROR)
              .withDescription(
                  "What becomes of a record whose text is longer than the context: error, or it"
                      + " loses its end (truncated-tail) or its beginning (truncated-head)."),
          Allowed.anyOf(List.of("error", "truncated-tail", "truncated-head")));

  public static final ConfigOption<Duration> ROW_RETENTION =
      CHECKED.add(
          ConfigOptions.key("enrich.row-retention")
              .durationType()
              .defaultValue(Duration.ZERO)
              .withDescription(
                  "Of tables that change: time after a row's last change, after which state forgets"
                      + " it and its result; 0 for never. If it changes later it is asked about"
                      + " again, and comes out as a new one; its deletion is passed over."),
          Allowed.durations(Duration.ZERO, Duration.ofDays(36_500)));

  private EnrichmentOptions() {}

  public static TaskLimits limits(ReadableConfig options) {
    return new TaskLimits(
        options.get(MAX_CONTEXT), options.get(CONTEXT_OVERFLOW), options.get(DEADLINE));
  }
}
