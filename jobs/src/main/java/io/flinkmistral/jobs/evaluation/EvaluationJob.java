package io.flinkmistral.jobs.evaluation;

import io.flinkmistral.jobs.Failures;
import io.flinkmistral.jobs.SubmittedModel;
import io.flinkmistral.jobs.enrichment.EnrichmentJobOptions;
import io.flinkmistral.jobs.evaluation.comparison.CompareResults;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.jobs.options.KafkaPropertyCheck;
import io.flinkmistral.jobs.options.OptionTable;
import io.flinkmistral.operator.options.MistralOptions;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Asks a Mistral model questions whose answers are known, and reports how many it has right:
 *
 * <pre>{@code
 * flink run -c io.flinkmistral.jobs.evaluation.EvaluationJob flink-mistral-jobs-*.jar \
 *   --model.path /models/mistral-7b-v0.1.Q4_0.gguf --benchmarks "mmlu;hellaswag;arc-easy" \
 *   --benchmarks.data /data/benchmarks --output /data/mistral-7b
 * }</pre>
 *
 * <p>It runs in whichever mode it is submitted in ({@code -Dexecution.runtime-mode=BATCH}, or
 * streaming, which has checkpoints to go on from).
 */
public final class EvaluationJob {
  private EvaluationJob() {}

  public static void main(String[] arguments) throws Exception {
    if (JobArguments.askForHelp(arguments)) {
      System.out.print(
          """
          Asks a Mistral model questions whose answers are known, and reports how many it has right:
            flink run -c %s flink-mistral-jobs-*.jar
              --model.path FILE --input PLACE --output PLACE [--key value ...]
          Options, with their defaults; also from the environment, as FLINK_MISTRAL_MODEL_PATH:
          """
                  .formatted(EvaluationJob.class.getName())
              + OptionTable.help(List.of(EvaluationJobOptions.CHECKED)));
      return;
    }
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    try {
      System.out.print(run(env, arguments));
    } catch (IllegalArgumentException | IOException e) {
      throw Failures.said(e);
    }
  }

  /**
   * Runs the job.
   *
   * @param env that waits for the job's end, or does not
   * @return the report as a text; nothing where the job may not have ended
   * @throws IllegalArgumentException if an option is missing or wrong
   * @throws IOException if a file is not what it should be
   */
  public static String run(StreamExecutionEnvironment env, String... arguments) throws Exception {
    Configuration options = PreparedQuestions.prepare(options(System.getenv(), arguments));
    EvaluationPipeline.add(env, options);
    JobExecutionResult result = env.execute(options.get(EvaluationJobOptions.NAME));
    if (!result.isJobExecutionResult()) {
      return "";
    }
    String report = EvaluationPipeline.report(options).text();
    return options.contains(EvaluationJobOptions.REPLAY)
        ? report + "\n" + CompareResults.textOfReplay(options.get(EnrichmentJobOptions.OUTPUT))
        : report;
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
        JobArguments.parse(EvaluationJobOptions.CHECKED, environment, arguments);
    KafkaPropertyCheck.warnings(options.get(ChatJobOptions.KAFKA_PROPERTIES))
        .forEach(System.err::println);
    SubmittedModel.check(
        options,
        options
            .getOptional(MistralOptions.MODEL_PATH)
            .orElseThrow(
                () -> new IllegalArgumentException("option model.path is missing: which model?")));
    return options;
  }
}
