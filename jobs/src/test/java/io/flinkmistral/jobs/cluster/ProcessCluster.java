package io.flinkmistral.jobs.cluster;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.client.cli.CliFrontend;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint;
import org.apache.flink.runtime.jobmanager.JobManagerProcessSpec;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.apache.flink.runtime.taskexecutor.TaskManagerRunner;
import org.apache.flink.runtime.util.config.memory.ProcessMemoryUtils;

/**
 * A standalone session cluster of Flink without its distribution: a JobManager and TaskManagers,
 * each a process with its log in a file, on free ports of the loopback interface. Memory flags are
 * worked out by the classes that Flink's own scripts ask.
 */
final class ProcessCluster implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(90);
  private static final int BETWEEN_LOOKS_MILLIS = 100;

  /** For JVMs that compute nothing: half the processor time until they are ready. */
  private static final List<String> QUICK_START =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private static final Pattern SUBMITTED = Pattern.compile("submitted with JobID (\\p{XDigit}+)");

  private final ClusterFiles files;
  private final Configuration configuration;
  private final FlinkRest rest;
  private final List<JvmProcess> processes = new ArrayList<>();

  private ProcessCluster(ClusterFiles files) {
    this.files = files;
    this.configuration = GlobalConfiguration.loadConfiguration(files.conf().toString());
    this.rest = new FlinkRest(address());
  }

  /**
   * Starts a JobManager. It may not be ready yet when this returns.
   *
   * @param folder for configuration, logs, state and temporary files
   */
  static ProcessCluster start(Path folder) throws IOException {
    ClusterFiles files = new ClusterFiles(folder);
    files.write();
    ProcessCluster cluster = new ProcessCluster(files);
    cluster.startJobManager();
    return cluster;
  }

  private void startJobManager() throws IOException {
    JobManagerProcessSpec memory = JobManagerProcessUtils.processSpecFromConfig(configuration);
    List<String> flags =
        words(JobManagerProcessUtils.generateJvmParametersStr(memory, configuration));
    flags.addAll(QUICK_START);
    start(
        "jobmanager",
        flags,
        StandaloneSessionClusterEntrypoint.class,
        words(JobManagerProcessUtils.generateDynamicConfigsStr(memory)));
  }

  /**
   * Starts a TaskManager. It is there once the cluster has its free slots.
   *
   * @param id a new one, by which Flink knows it
   */
  JvmProcess startTaskManager(String id, int slots) throws IOException {
    TaskExecutorProcessSpec memory = TaskExecutorProcessUtils.processSpecFromConfig(configuration);
    List<String> options = words(TaskExecutorProcessUtils.generateDynamicConfigsStr(memory));
    options.add("-D%s=%d".formatted(TaskManagerOptions.NUM_TASK_SLOTS.key(), slots));
    options.add("-D%s=%s".formatted(TaskManagerOptions.TASK_MANAGER_RESOURCE_ID.key(), id));
    return start(
        id,
        words(ProcessMemoryUtils.generateJvmParametersStr(memory)),
        TaskManagerRunner.class,
        options);
  }

  private JvmProcess start(String name, List<String> flags, Class<?> main, List<String> options)
      throws IOException {
    List<String> arguments = new ArrayList<>(flags);
    arguments.addAll(List.of(main.getName(), "--configDir", files.conf().toString()));
    arguments.addAll(options);
    JvmProcess process = JvmProcess.start(files, name, arguments);
    processes.add(process);
    return process;
  }

  private static List<String> words(String text) {
    return new ArrayList<>(Stream.of(text.split("\\s+")).filter(word -> !word.isEmpty()).toList());
  }

  /**
   * Submits a job as a user does: {@code flink run -d}.
   *
   * @param arguments of the job
   * @return the job's id
   */
  String submit(Path jar, int parallelism, List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>(QUICK_START);
    command.add(CliFrontend.class.getName());
    command.addAll(List.of("run", "-d", "-p", Integer.toString(parallelism), jar.toString()));
    command.addAll(arguments);
    try (JvmProcess client = JvmProcess.start(files, "client", command)) {
      await("the client has ended", () -> !client.isAlive());
      Matcher submitted = SUBMITTED.matcher(String.join("\n", client.log()));
      if (client.exitCode() != 0 || !submitted.find()) {
        throw new AssertionError("not submitted: " + client.lastWords());
      }
      return submitted.group(1);
    }
  }

  FlinkRest rest() {
    return rest;
  }

  void awaitFreeSlots(int slots) throws Exception {
    await(slots + " free slots", () -> rest.freeSlots() == slots);
  }

  /** Waits until all subtasks are running, each started again as often as is said. */
  void awaitRunning(String job, int restarts) throws Exception {
    await(
        "all subtasks are running after %d restarts".formatted(restarts),
        () ->
            rest.subtasks(job).stream()
                .allMatch(s -> s.attempt() == restarts && s.status().equals("RUNNING")));
  }

  /** Looks again and again. That the JobManager does not answer yet is no failure. */
  void await(String what, Callable<Boolean> condition) throws Exception {
    JvmProcess jobManager = processes.getFirst();
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (!isTrue(condition)) {
      boolean dead = jobManager.awaitEnd(BETWEEN_LOOKS_MILLIS);
      if (dead || System.nanoTime() > end) {
        throw new AssertionError("%s: this did not come true. %s".formatted(what, lastWords()));
      }
    }
  }

  private static boolean isTrue(Callable<Boolean> condition) throws Exception {
    try {
      return condition.call();
    } catch (ConnectException starting) {
      return false;
    }
  }

  /** For messages: the ends of all logs. */
  String lastWords() throws IOException {
    StringBuilder words = new StringBuilder();
    for (JvmProcess process : processes) {
      words.append('\n').append(process.lastWords());
    }
    return words.toString();
  }

  private String address() {
    return configuration.get(RestOptions.ADDRESS) + ":" + configuration.get(RestOptions.PORT);
  }

  @Override
  public void close() {
    processes.forEach(JvmProcess::close);
    rest.close();
  }
}
