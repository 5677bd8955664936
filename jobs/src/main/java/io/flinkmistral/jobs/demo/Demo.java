package io.flinkmistral.jobs.demo;

import io.flinkmistral.jobs.client.ChatClient;
import io.flinkmistral.jobs.gateway.Gateway;
import io.flinkmistral.jobs.gateway.http.LocalTaskManagers;
import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import io.flinkmistral.jobs.kafka.BrokerCheck;
import io.flinkmistral.jobs.local.BundledModel;
import io.flinkmistral.jobs.local.Interruption;
import io.flinkmistral.jobs.local.JobFailure;
import io.flinkmistral.jobs.local.LocalFolder;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.jobs.options.OptionTable;
import io.flinkmistral.operator.model.ModelCheck;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.tools.Command;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/**
 * {@code mvn -q -Pdemo}: the chat job on a broker and a Flink cluster of its own. In a terminal it
 * is a chat; else it answers the requests of a file or of standard input, a JSON object a line.
 * With {@code -Dbroker} it is the chat alone, in front of a job that is running elsewhere.
 *
 * <p>Standard output has the chat or the answers and nothing else; everything else is said on
 * standard error.
 */
public final class Demo {
  private static final String CHECKPOINT_INTERVAL = "1 s";

  private static final Command COMMAND =
      Command.of(
          "demo",
          """
          broker, Flink, the chat job and a small model, in one process.
          In a terminal it is a chat; else it answers requests, a JSON object a line.
          """,
          Command.Setting.text("model", "model file or folder (the small one)"),
          Command.Setting.text("prompts", "file of requests (standard input, or a chat)"),
          Command.Setting.text("options", "of the job: \"--kv.type f32 ...\"; --help lists them"),
          Command.Setting.text("broker", "host:port of a job that runs elsewhere: only the chat"));

  private final String prompts;
  private final String model;
  private final String options;
  private final String broker;
  private final Interruption interruption;
  private final PrintStream answers;

  private Demo(
      String prompts,
      String model,
      String options,
      String broker,
      Interruption interruption,
      PrintStream answers) {
    this.prompts = prompts;
    this.model = model;
    this.options = options;
    this.broker = broker;
    this.interruption = interruption;
    this.answers = answers;
  }

  /**
   * Takes what to do from the properties {@code demo.prompts, demo.model, demo.options,
   * demo.broker}.
   */
  public static void main(String[] arguments) {
    if (COMMAND.helps(arguments, System.out)) {
      return;
    }
    Interruption interruption = Interruption.ofProgram();
    PrintStream answers =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    // Whatever a library prints does not belong between the answers.
    System.setOut(System.err);
    Demo demo =
        new Demo(
            System.getProperty("demo.prompts", ""),
            System.getProperty("demo.model", ""),
            System.getProperty("demo.options", ""),
            System.getProperty("demo.broker", ""),
            interruption,
            answers);
    int exitCode = demo.exitCode();
    interruption.close();
    System.exit(exitCode);
  }

  /** These are here what the demo itself has started. */
  private void refuse(ConfigOption<?>... own) {
    for (ConfigOption<?> option : own) {
      if (optionWords().stream().anyMatch(w -> w.matches("--" + option.key() + "(=.*)?"))) {
        throw new IllegalArgumentException(
            "option %s is set by the demo itself%s"
                .formatted(
                    option.key(),
                    option == ChatJobOptions.BOOTSTRAP_SERVERS ? "; see -Dbroker" : ""));
      }
    }
  }

  private int exitCode() {
    try {
      return run() == 0 ? 0 : 1;
    } catch (Exception e) {
      System.err.println("demo: " + JobFailure.line(e));
      return 1;
    }
  }

  /** Returns prompts without an answer. */
  private int run() throws Exception {
    COMMAND.check(name -> System.getProperty("demo." + name));
    if (optionWords().contains("--help")) {
      System.err.print("Options, for -Doptions=\"--key value ...\":\n" + OptionTable.help());
      return 0;
    }
    if (!prompts.isEmpty() && !Files.isReadable(Path.of(prompts))) {
      throw new IOException(prompts + " is no file that can be read: which prompts?");
    }
    refuse(ChatJobOptions.BOOTSTRAP_SERVERS);
    if (!broker.isEmpty()) {
      return runWithJobOfOthers();
    }
    try (LocalFolder folder = LocalFolder.create("flink-mistral-demo-", interruption)) {
      Configuration configuration =
          configuration(
              model.isEmpty()
                  ? BundledModel.unpack(folder.subfolder("model"))
                  : Path.of(model).toAbsolutePath());
      ModelCheck.check(configuration);
      return run(folder, configuration);
    }
  }

  /** The job is another process's, such as that of {@code mvn -q -Pcluster}. */
  private int runWithJobOfOthers() throws Exception {
    List<String> arguments = jobWords();
    arguments.add("--%s=%s".formatted(ChatJobOptions.BOOTSTRAP_SERVERS.key(), broker));
    Configuration configuration = JobArguments.parse(Map.of(), arguments.toArray(String[]::new));
    BrokerCheck.check(configuration, "is a job running there, and is that its broker's address?");
    try (ChatClient client = new ChatClient(configuration, false)) {
      return serve(() -> {}, client, gateway(List.of(), broker), Optional.empty());
    }
  }

  private Configuration configuration(Path path) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--model.path", path.toString()));
    arguments.addAll(List.of("--" + ChatJobOptions.CHECKPOINT_INTERVAL.key(), CHECKPOINT_INTERVAL));
    arguments.addAll(jobWords());
    return JobArguments.parse(Map.of(), arguments.toArray(String[]::new));
  }

  /** Without those of the page's gateway. */
  private List<String> jobWords() {
    return new ArrayList<>(OptionWords.of(options).without(OptionWords.OF_THE_GATEWAY));
  }

  private List<String> optionWords() {
    List<String> words = new ArrayList<>(List.of(options.strip().split("\\s+")));
    words.removeIf(String::isEmpty);
    return words;
  }

  private int run(LocalFolder folder, Configuration configuration) throws Exception {
    System.err.println("demo: starting a broker and Flink");
    try (LocalSystem system =
        LocalSystem.start(folder.subfolder("broker"), folder.subfolder("flink"))) {
      configuration.set(ChatJobOptions.BOOTSTRAP_SERVERS, system.bootstrapServers());
      System.err.println("demo: the broker listens at " + system.bootstrapServers());
      System.err.println("demo: Flink's web page is at " + system.webPage());
      system.submitChatJob(configuration);
      try (ChatClient client = new ChatClient(configuration, true)) {
        Path path = Path.of(configuration.get(MistralOptions.MODEL_PATH));
        String name =
            configuration
                .getOptional(MistralOptions.MODEL_NAME)
                .orElse(path.getFileName().toString());
        Configuration gateway = gateway(system.gatewayOptions(name), system.bootstrapServers());
        return serve(system, client, gateway, Optional.of(system));
      }
    }
  }

  /**
   * @param unlessSaid goes behind what the user says
   */
  private Configuration gateway(List<String> unlessSaid, String servers) {
    List<String> arguments = new ArrayList<>(unlessSaid);
    arguments.addAll(List.of("--" + GatewayOptions.PORT.key(), "0"));
    arguments.addAll(OptionWords.of(options).ofEither(GatewayOptions.CHECKED));
    arguments.addAll(List.of("--" + ChatJobOptions.BOOTSTRAP_SERVERS.key(), servers));
    return JobArguments.parse(GatewayOptions.CHECKED, Map.of(), arguments.toArray(String[]::new));
  }

  private int serve(
      JobWatch job,
      ChatClient client,
      Configuration gatewayOptions,
      Optional<LocalTaskManagers> taskManagers)
      throws Exception {
    Console console = System.console();
    if (prompts.isEmpty() && console != null && console.isTerminal()) {
      try (Gateway gateway = Gateway.start(gatewayOptions, taskManagers)) {
        System.err.println(
            "demo: the model is "
                + (broker.isEmpty()
                    ? gatewayOptions.get(GatewayOptions.MODELS).getFirst()
                    : "that of the job"));
        System.err.println("demo: and there is a page to chat with: " + gateway.address());
        new ChatTerminal(job, client, interruption).run();
        return 0;
      }
    }
    // With a job of others, they must not be those of an earlier batch.
    String ids = broker.isEmpty() ? "line-" : "line-%s-".formatted(UUID.randomUUID());
    PromptBatch batch = new PromptBatch(job, client, answers, System.err, ids);
    if (prompts.isEmpty()) {
      System.err.println("demo: reads requests from standard input, a JSON object a line");
      return batch.run(System.in);
    }
    try (InputStream lines = Files.newInputStream(Path.of(prompts))) {
      return batch.run(lines);
    }
  }
}
