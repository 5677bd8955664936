package io.flinkmistral.jobs.options;

import io.flinkmistral.operator.options.Allowed;
import io.flinkmistral.operator.options.CheckedOptions;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.task.RubricReader;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** Options of jobs that say by what texts are judged. */
public final class RubricOptions {
  private RubricOptions() {}

  /**
   * Defines the rubric.
   *
   * @param what it is to the job: the beginning of its description
   */
  public static ConfigOption<String> rubric(CheckedOptions job, String what) {
    return job.add(
        ConfigOptions.key("moderation.rubric")
            .stringType()
            .defaultValue(RubricReader.defaultName())
            .withDescription(
                what
                    + ": mistral, the categories of Mistral's moderation, each a question of its"
                    + " own; paper, the four classes of the paper, of which a text is in one; or"
                    + " one's own."),
        new Allowed<>(RubricReader.WORDS, RubricReader::canRead));
  }

  /**
   * Defines the threshold of categories that have none of their own.
   *
   * @param behind the end of its description
   */
  public static ConfigOption<Double> threshold(CheckedOptions job, String behind) {
    return job.add(
        ConfigOptions.key("moderation.threshold")
            .doubleType()
            .defaultValue(Moderation.THRESHOLD)
            .withDescription("From which score on a text falls into a category" + behind),
        new Allowed<>("0 to 1", p -> p >= 0 && p <= 1));
  }

  /** Defines the categories that are asked for, a written list. */
  public static ConfigOption<String> categories(CheckedOptions job) {
    return job.add(
        ConfigOptions.key("moderation.categories")
            .stringType()
            .defaultValue("")
            .withDescription(
                "Which of the rubric's categories are asked for, separated by semicolons, each"
                    + " perhaps with a threshold of its own: \"sexual;pii: 0.8\". By default"
                    + " all."),
        new Allowed<>("categories separated by semicolons", _ -> true));
  }
}
