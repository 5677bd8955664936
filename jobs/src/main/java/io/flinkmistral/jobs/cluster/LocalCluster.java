package io.flinkmistral.jobs.cluster;

import io.flinkmistral.jobs.cluster.process.BrokerProcess;
import io.flinkmistral.jobs.cluster.process.ProcessCluster;
import io.flinkmistral.jobs.cluster.rest.JobReport;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;

/**
 * {@code mvn -q -Pcluster}: broker, ZooKeeper, JobManager and TaskManagers as processes, and the
 * chat job submitted to them, until Ctrl-C. A process that ends is started again, so that each can
 * be killed to see what comes of it.
 */
public final class LocalCluster {
  private static final Command COMMAND =
      Command.of(
          "cluster",
          """
          broker, ZooKeeper, JobManager and TaskManagers, each a process.
          The chat job is submitted to them. What ends is started again; Ctrl-C ends all.
          """,
          Command.Setting.text("model", "model file or folder (the small one)"),
          Command.Setting.text("options", "of the job: \"--kv.type f32 ...\"; --help lists them"),
          Command.Setting.count("taskmanagers", 2, "how many (2)"),
          Command.Setting.count("slots", 2, "of each TaskManager (1)"),
          Command.Setting.text("flink", "Flink's own: \"key=value ...\""));

  private final String model = System.getProperty("cluster.model", "");
  private final List<String> options = words("cluster.options");
  private final int taskManagers = Integer.getInteger("cluster.taskmanagers", 2);
  private final int slots = Integer.getInteger("cluster.slots", 1);
  private final Path jar = Path.of(System.getProperty("job.jar"));
  private final Configuration flink = flink();

  private final Interruption interruption;

  private LocalCluster(Interruption interruption) {
    this.interruption = interruption;
  }

  /**
   * Takes what to do from the properties {@code cluster.model, cluster.options,
   * cluster.taskmanagers, cluster.slots, cluster.flink}.
   */
  public static void main(String[] arguments) {
    if (COMMAND.helps(arguments, System.out)) {
      return;
    }
    Interruption interruption = Interruption.ofProgram();
    try {
      COMMAND.check(name -> System.getProperty("cluster." + name));
      new LocalCluster(interruption).run();
    } catch (Exception e) {
      details(e).forEach(System.err::println);
      System.err.println("cluster: " + JobFailure.line(e));
      interruption.close();
      System.exit(1);
    }
  }

  /** The ends of logs, which are gone with the cluster, stand below a message's first line. */
  private static Stream<String> details(Exception e) {
    return e.getMessage() == null ? Stream.of() : e.getMessage().lines().skip(1);
  }

  private static List<String> words(String property) {
    return Stream.of(System.getProperty(property, "").split("\\s+"))
        .filter(word -> !word.isEmpty())
        .toList();
  }

  private void run() throws Exception {
    if (options.contains("--help")) {
      System.out.print("Options, for -Doptions=\"--key value ...\":\n" + OptionTable.help());
      return;
    }
    if (options.stream().anyMatch(o -> o.startsWith("--kafka.bootstrap-servers"))) {
      throw new IllegalArgumentException(
          "option kafka.bootstrap-servers is set by the cluster itself");
    }
    try (LocalFolder folder = LocalFolder.create("flink-mistral-cluster-", interruption)) {
      List<String> arguments = arguments(folder);
      Configuration job = JobArguments.parse(Map.of(), arguments.toArray(String[]::new));
      ModelCheck.check(job);
      run(folder, job, arguments);
    }
  }

  /** Of the job: answers are to be seen soon. (TaskManagers of one machine share its cores.) */
  private List<String> arguments(LocalFolder folder) throws IOException {
    Path path =
        model.isEmpty()
            ? BundledModel.unpack(folder.subfolder("model"))
            : Path.of(model).toAbsolutePath();
    List<String> arguments = new ArrayList<>();
    arguments.add("--%s=%s".formatted(MistralOptions.MODEL_PATH.key(), path));
    addUnlessGiven(arguments, ChatJobOptions.CHECKPOINT_INTERVAL, "1s");
    arguments.addAll(options);
    return arguments;
  }

  private void addUnlessGiven(List<String> arguments, ConfigOption<?> option, Object value) {
    String key = "--" + option.key();
    if (options.stream().noneMatch(o -> o.equals(key) || o.startsWith(key + "="))) {
      arguments.add(key + "=" + value);
    }
  }

  private void run(LocalFolder folder, Configuration job, List<String> arguments) throws Exception {
    System.out.println("cluster: starting broker, ZooKeeper, JobManager and TaskManagers");
    Path logs = folder.subfolder("cluster");
    try (BrokerProcess broker = BrokerProcess.start(folder.subfolder("kafka"));
        ProcessCluster cluster = ProcessCluster.startHighlyAvailable(logs, flink)) {
      for (int i = 1; i <= taskManagers; i++) {
        cluster.startTaskManager("taskmanager-" + i, slots);
      }
      Supervisor supervisor = new Supervisor(cluster.processes(), broker.process());
      interruption.first(supervisor::stop);
      broker.node().createTopics(job);
      cluster.awaitFreeSlots(taskManagers * slots);
      List<String> all = new ArrayList<>(arguments);
      all.add("--kafka.bootstrap-servers=" + broker.node().bootstrapServers());
      String id = cluster.submit(jar, taskManagers * slots, all);
      JobAnnouncer announcer = new JobAnnouncer(new JobReport(cluster.rest(), id), System.out);
      announcer.awaitRunning(supervisor);
      describe(broker, cluster, supervisor, logs);
      announcer.goOn();
      supervisor.run();
    }
  }

  private static Configuration flink() {
    Configuration flink =
        new Configuration()
            .set(TaskManagerOptions.TASK_HEAP_MEMORY, MemorySize.ofMebiBytes(512))
            .set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, MemorySize.ofMebiBytes(2048))
            .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
    for (String setting : words("cluster.flink")) {
      String[] parts = setting.split("=", 2);
      if (parts.length < 2) {
        throw new IllegalArgumentException(
            "-Dflink takes key=value, separated by blanks, but there is " + setting);
      }
      flink.setString(parts[0], parts[1]);
    }
    return flink;
  }

  private static void describe(
      BrokerProcess broker, ProcessCluster cluster, Supervisor supervisor, Path logs) {
    System.out.printf(
        """
        cluster: broker     %1$s
        cluster: web page   http://%2$s
        cluster: processes  %3$s
        cluster: logs       %4$s
        cluster: chat       mvn -q -Pdemo -Dbroker=%1$s
        cluster: or write requests to the topic prompts, with the conversation's id as the key
        cluster: kill what you like, it is started again; Ctrl-C ends all
        """,
        broker.node().bootstrapServers(),
        cluster.address(),
        supervisor.processes().stream()
            .map(process -> process.name() + " " + process.pid())
            .collect(Collectors.joining(", ")),
        logs);
  }
}
