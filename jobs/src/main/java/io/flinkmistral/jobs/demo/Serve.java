package io.flinkmistral.jobs.demo;

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
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.configuration.Configuration;

/**
 * {@code mvn -q -Pserve}: the chat job on a broker and a Flink cluster of its own, and a gateway in
 * front of it, until it is told to end. With {@code -Dbroker} it is the gateway alone, in front of
 * a job that is running elsewhere.
 */
public final class Serve {
  private static final String CHECKPOINT_INTERVAL = "1 s";
  private static final long BETWEEN_LOOKS_NANOS = 500_000_000L;

  private static final Command COMMAND =
      Command.of(
          "serve",
          """
          broker, Flink with two TaskManagers, the chat job and a small model,
          and an HTTP server in front of them that OpenAI's clients can call.
          """,
          Command.Setting.count("port", 5, "port of the server (8000)"),
          Command.Setting.text("model", "model file or folder (the small one)"),
          Command.Setting.text(
              "options", "of job and server: \"--kv.type f32 --gateway.api-keys keys\"; or --help"),
          Command.Setting.text(
              "broker", "host:port of a job that runs elsewhere: only the server"));

  private final String port;
  private final String model;
  private final String broker;
  private final OptionWords words;
  private final Interruption interruption;

  private Serve(
      String port, String model, String broker, OptionWords words, Interruption interruption) {
    this.port = port;
    this.model = model;
    this.broker = broker;
    this.words = words;
    this.interruption = interruption;
  }

  /**
   * Takes what to do from the properties {@code serve.port, serve.model, serve.options,
   * serve.broker}.
   */
  public static void main(String[] arguments) {
    if (COMMAND.helps(arguments, System.out)) {
      return;
    }
    Interruption interruption = Interruption.ofProgram();
    int exitCode = exitCode(interruption);
    interruption.close();
    System.exit(exitCode);
  }

  private static int exitCode(Interruption interruption) {
    try {
      COMMAND.check(name -> System.getProperty("serve." + name));
      new Serve(
              System.getProperty("serve.port", ""),
              System.getProperty("serve.model", ""),
              System.getProperty("serve.broker", ""),
              OptionWords.of(System.getProperty("serve.options", "")),
              interruption)
          .run();
      return 0;
    } catch (Exception e) {
      System.err.println("serve: " + JobFailure.line(e));
      return 1;
    }
  }

  private void run() throws Exception {
    if (words.askForHelp()) {
      System.err.print(
          "Options, for -Doptions=\"--key value ...\":\n"
              + OptionTable.help()
              + "And of the server:\n"
              + OptionTable.help(List.of(GatewayOptions.CHECKED)));
      return;
    }
    words.refuse(ChatJobOptions.BOOTSTRAP_SERVERS.key(), "set by -Pserve itself; see -Dbroker");
    words.refuse(GatewayOptions.PORT.key(), "set by -Pserve itself; see -Dport");
    if (!broker.isEmpty()) {
      Configuration options = gatewayOptions(List.of(), words.all(), broker);
      BrokerCheck.check(options, "is a job running there, and is that its broker's address?");
      serve(options, () -> {}, Optional.empty());
      return;
    }
    try (LocalFolder folder = LocalFolder.create("flink-mistral-serve-", interruption)) {
      run(folder);
    }
  }

  private void run(LocalFolder folder) throws Exception {
    Path path =
        model.isEmpty()
            ? BundledModel.unpack(folder.subfolder("model"))
            : Path.of(model).toAbsolutePath();
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--model.path", path.toString()));
    arguments.addAll(List.of("--" + ChatJobOptions.CHECKPOINT_INTERVAL.key(), CHECKPOINT_INTERVAL));
    arguments.addAll(words.without(OptionWords.OF_THE_GATEWAY));
    Configuration job = JobArguments.parse(Map.of(), arguments.toArray(String[]::new));
    ModelCheck.check(job);
    System.err.println("serve: starting a broker and Flink");
    try (ServedCluster system =
        ServedCluster.start(folder.subfolder("broker"), folder.subfolder("flink"))) {
      interruption.first(system::stop);
      job.set(ChatJobOptions.BOOTSTRAP_SERVERS, system.bootstrapServers());
      String name =
          job.getOptional(MistralOptions.MODEL_NAME).orElse(path.getFileName().toString());
      Configuration options =
          gatewayOptions(
              system.gatewayOptions(name),
              words.ofEither(GatewayOptions.CHECKED),
              system.bootstrapServers());
      System.err.println("serve: the broker listens at " + system.bootstrapServers());
      System.err.println("serve: Flink's web page is at " + system.webPage());
      system.submitChatJob(job);
      serve(options, system, Optional.of(system));
    }
  }

  /**
   * @param unlessSaid goes behind what is in {@code more}
   */
  private Configuration gatewayOptions(List<String> unlessSaid, List<String> more, String servers) {
    List<String> arguments = new ArrayList<>(unlessSaid);
    arguments.addAll(more);
    arguments.addAll(List.of("--" + ChatJobOptions.BOOTSTRAP_SERVERS.key(), servers));
    if (!port.isEmpty()) {
      arguments.addAll(List.of("--" + GatewayOptions.PORT.key(), port));
    }
    return JobArguments.parse(GatewayOptions.CHECKED, Map.of(), arguments.toArray(String[]::new));
  }

  /** Until the process is told to end, or the job has ended. */
  private static void serve(
      Configuration options, JobWatch job, Optional<LocalTaskManagers> taskManagers)
      throws IOException, InterruptedException {
    try (Gateway gateway = Gateway.start(options, taskManagers)) {
      System.err.printf("serve: the model is %s%n", options.get(GatewayOptions.MODELS).getFirst());
      System.err.printf(
          "serve: OpenAI's clients find it at %s/v1 (Ctrl-C ends it)%n", gateway.address());
      System.err.printf("serve: and there is a page to chat with: %s%n", gateway.address());
      while (true) {
        job.checkRunning();
        LockSupport.parkNanos(BETWEEN_LOOKS_NANOS);
      }
    }
  }
}
