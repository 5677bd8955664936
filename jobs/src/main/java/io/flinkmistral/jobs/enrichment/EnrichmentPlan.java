package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.prompt.PromptTemplate;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;

/**
 * What the job does with each record, out of its options.
 *
 * @param format of records
 * @param fields that they get
 */
record EnrichmentPlan(InputFormat format, PromptTemplate template, Task task, ResultFields fields) {

  /**
   * @throws IllegalArgumentException if an option is missing, or does not go with the others
   */
  static EnrichmentPlan of(ReadableConfig options) {
    InputFormat format =
        InputFormat.of(
            options.get(EnrichmentJobOptions.INPUT_FORMAT),
            options.get(EnrichmentJobOptions.INPUT_COLUMNS));
    TaskKind kind = TaskKind.of(options);
    ResultFields fields =
        new ResultFields(
            options.getOptional(EnrichmentJobOptions.FIELD).orElse(kind.field()),
            options.get(EnrichmentJobOptions.PROVENANCE));
    try {
      PromptTemplate template = kind.template(options);
      return new EnrichmentPlan(
          format,
          options
              .getOptional(EnrichmentJobOptions.SYSTEM_PROMPT)
              .map(template::withSystemPrompt)
              .orElse(template),
          kind.task(options),
          fields);
    } catch (InvalidRequestException e) {
      throw new IllegalArgumentException("the options of template and task: " + e.getMessage(), e);
    }
  }

  static String required(ReadableConfig options, ConfigOption<String> option, String question) {
    return options
        .getOptional(option)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "option %s is missing: %s".formatted(option.key(), question)));
  }
}
