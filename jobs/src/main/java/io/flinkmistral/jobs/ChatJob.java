package io.flinkmistral.jobs;

import io.flinkmistral.jobs.kafka.BrokerCheck;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.jobs.options.KafkaPropertyCheck;
import io.flinkmistral.jobs.options.OptionTable;
import io.flinkmistral.operator.options.MistralOptions;
import java.io.IOException;
import java.util.Map;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Answers the prompts of a Kafka topic with a Mistral model. To be submitted with {@code flink
 * run}; {@code --help} lists the options.
 */
public final class ChatJob {
  private ChatJob() {}

  public static void main(String[] arguments) throws Exception {
    if (JobArguments.askForHelp(arguments)) {
      System.out.print(
          """
          Answers the prompts of a Kafka topic with a Mistral model:
            flink run -d flink-mistral-jobs-*.jar --model.path FILE [--key value ...]
          Options, with their defaults; also from the environment, as FLINK_MISTRAL_MODEL_PATH:
          """
              + OptionTable.help());
      return;
    }
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    Configuration options = prepare(env, System.getenv(), arguments);
    checkBroker(options);
    env.execute(options.get(ChatJobOptions.NAME));
  }

  /**
   * Checks options and model as far as they can be checked from here, and adds the job to {@code
   * env}.
   *
   * @return the options
   * @throws ProgramParametrizationException whose message {@code flink run} prints as it is,
   *     without a stack trace
   */
  static Configuration prepare(
      StreamExecutionEnvironment env, Map<String, String> environment, String... arguments) {
    try {
      Configuration options = JobArguments.parse(environment, arguments);
      checkModel(options);
      ChatPipeline.add(env, options);
      return options;
    } catch (IllegalArgumentException | IOException e) {
      throw Failures.said(e);
    }
  }

  /** Not part of {@link #prepare}, which needs no broker. */
  private static void checkBroker(Configuration options) throws ProgramParametrizationException {
    KafkaPropertyCheck.warnings(options.get(ChatJobOptions.KAFKA_PROPERTIES))
        .forEach(System.err::println);
    try {
      if (options.get(ChatJobOptions.CHECK)) {
        BrokerCheck.check(
            options,
            "where only the TaskManagers reach it, set %s to false"
                .formatted(ChatJobOptions.CHECK.key()));
      }
    } catch (IOException e) {
      throw Failures.said(e);
    }
  }

  private static void checkModel(Configuration options) throws IOException {
    String path =
        options
            .getOptional(MistralOptions.MODEL_PATH)
            .orElseThrow(
                () -> new IllegalArgumentException("--model.path is missing: which model?"));
    SubmittedModel.check(options, path);
  }
}
