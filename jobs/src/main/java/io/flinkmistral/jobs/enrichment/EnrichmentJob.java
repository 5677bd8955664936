package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.jobs.Failures;
import io.flinkmistral.jobs.SubmittedModel;
import io.flinkmistral.jobs.kafka.sink.TransactionalIds;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.jobs.options.KafkaPropertyCheck;
import io.flinkmistral.jobs.options.OptionTable;
import io.flinkmistral.operator.options.MistralOptions;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Enriches the records of a topic or of files with a Mistral model:
 *
 * <pre>{@code
 * flink run -d -c io.flinkmistral.jobs.enrichment.EnrichmentJob flink-mistral-jobs-*.jar \
 *   --model.path /models/mistral-7b-instruct-v0.3.Q4_0.gguf --input kafka:tickets \
 *   --template "Which team is this for? {{subject}}" --task classify --labels "sales;support" \
 *   --output kafka:labelled-tickets
 * }</pre>
 *
 * It runs in whichever mode it is submitted in ({@code -Dexecution.runtime-mode=BATCH}, or
 * streaming, which has checkpoints to go on from).
 */
public final class EnrichmentJob {
  private EnrichmentJob() {}

  public static void main(String[] arguments) throws Exception {
    if (JobArguments.askForHelp(arguments)) {
      System.out.print(
          """
          Enriches the records of a topic or of files with a Mistral model:
            flink run -d -c %s flink-mistral-jobs-*.jar
              --model.path FILE --input PLACE --output PLACE --template TEXT [--key value ...]
          Options, with their defaults; also from the environment, as FLINK_MISTRAL_MODEL_PATH:
          """
                  .formatted(EnrichmentJob.class.getName())
              + OptionTable.help(List.of(EnrichmentJobOptions.CHECKED)));
      return;
    }
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    try {
      Configuration options = options(System.getenv(), arguments);
      EnrichmentTopics.check(options);
      if (options.get(EnrichmentJobOptions.SAMPLE) > 0) {
        Sample.of(env, options).print(System.out);
        return;
      }
      EnrichmentPipeline.add(env, options);
      env.execute(options.get(EnrichmentJobOptions.NAME));
    } catch (IllegalArgumentException | IOException e) {
      throw Failures.said(e);
    }
  }

  /**
   * The options, checked, with the model as far as it can be checked from here.
   *
   * @throws IllegalArgumentException if one is missing or wrong
   * @throws IOException if the model's files are not what they should be
   */
  static Configuration options(Map<String, String> environment, String... arguments)
      throws IOException {
    Configuration options =
        JobArguments.parse(EnrichmentJobOptions.CHECKED, environment, arguments);
    KafkaPropertyCheck.warnings(options.get(ChatJobOptions.KAFKA_PROPERTIES))
        .forEach(System.err::println);
    SubmittedModel.check(
        options, EnrichmentPlan.required(options, MistralOptions.MODEL_PATH, "which model?"));
    keepTransactionalIds(options);
    makePlacesAbsolute(options);
    return options;
  }

  /** By the places as they are given: in their absolute form is the folder of whoever submits. */
  private static void keepTransactionalIds(Configuration options) {
    options
        .getOptional(EnrichmentJobOptions.INPUT)
        .flatMap(
            input ->
                options
                    .getOptional(EnrichmentJobOptions.OUTPUT)
                    .map(
                        output ->
                            TransactionalIds.prefix(
                                options, options.get(EnrichmentJobOptions.NAME), input, output)))
        .ifPresent(prefix -> options.set(ChatJobOptions.TRANSACTIONAL_ID_PREFIX, prefix));
  }

  /** Those of this machine: JobManager and TaskManagers would look in folders of their own. */
  private static void makePlacesAbsolute(Configuration options) {
    for (ConfigOption<String> option :
        List.of(
            EnrichmentJobOptions.INPUT,
            EnrichmentJobOptions.OUTPUT,
            EnrichmentJobOptions.DEAD_LETTERS)) {
      options
          .getOptional(option)
          .ifPresent(place -> options.set(option, Place.of(place).absolute().text()));
    }
    options
        .getOptional(EnrichmentJobOptions.INPUT)
        .filter(input -> Place.of(input).isMissingHere())
        .ifPresent(
            input ->
                System.err.println(
                    input + " is not on this machine; the JobManager will look for it"));
  }
}
