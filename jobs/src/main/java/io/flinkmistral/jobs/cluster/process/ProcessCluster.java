package io.flinkmistral.jobs.cluster.process;

import io.flinkmistral.jobs.cluster.rest.FlinkRest;
import io.flinkmistral.jobs.cluster.rest.PrintedFailure;
import io.flinkmistral.jobs.local.web.WebGuardFiles;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;

/**
 * A standalone session cluster of Flink without its distribution: a JobManager and TaskManagers,
 * each a process with its log in a file, on free ports of the loopback interface. Any of them can
 * be killed and started again.
 */
public final class ProcessCluster implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(90);
  private static final int BETWEEN_LOOKS_MILLIS = 100;
  private static final Pattern SUBMITTED = Pattern.compile("submitted with JobID (\\p{XDigit}+)");

  private final ClusterFiles files;
  private final Configuration flink;
  private final String classpath;
  private final FlinkMembers members;
  private final FlinkRest rest;
  private final List<ClusterProcess> processes = new CopyOnWriteArrayList<>();
  private final ClusterProcess jobManager;

  private ProcessCluster(ClusterFiles files, Configuration flink, String classpath)
      throws IOException {
    this.files = files;
    this.flink = flink;
    this.classpath = classpath;
    files.write(flink);
    WebGuardFiles.copy(files.webGuard());
    this.members = new FlinkMembers(flink, files);
    this.rest = new FlinkRest(address());
    this.jobManager =
        start(
            "jobmanager",
            files.webGuard() + File.pathSeparator + classpath,
            _ -> members.jobManager());
  }

  /**
   * Starts a JobManager, without high availability: with it go its jobs. It may not be ready yet
   * when this returns.
   *
   * @param folder for configuration, logs, state and temporary files
   * @param flink what is to be other than in {@link FlinkConfig}
   */
  public static ProcessCluster start(Path folder, Configuration flink) throws IOException {
    return start(folder, flink, FlinkClasspath.get());
  }

  /**
   * The same, of processes with all that this one has on its classpath: a job of this program's can
   * be submitted to them without a jar.
   */
  public static ProcessCluster startWithThisProgram(Path folder, Configuration flink)
      throws IOException {
    return start(folder, flink, System.getProperty("java.class.path"));
  }

  private static ProcessCluster start(Path folder, Configuration flink, String classpath)
      throws IOException {
    ClusterFiles files = new ClusterFiles(folder);
    files.writeLogging();
    return new ProcessCluster(files, FlinkConfig.of(files, flink), classpath);
  }

  /**
   * Starts a JobManager and a ZooKeeper server. A JobManager that is started after the first one's
   * end goes on with its jobs.
   */
  public static ProcessCluster startHighlyAvailable(Path folder, Configuration flink)
      throws IOException {
    ClusterFiles files = new ClusterFiles(folder);
    files.writeLogging();
    ZooKeeper zooKeeper = ZooKeeper.start(files);
    try {
      Configuration all = FlinkConfig.highAvailability(files, zooKeeper.address());
      all.addAll(flink);
      ProcessCluster cluster =
          new ProcessCluster(files, FlinkConfig.of(files, all), FlinkClasspath.get());
      cluster.processes.add(zooKeeper.process());
      return cluster;
    } catch (IOException | RuntimeException e) {
      zooKeeper.process().close();
      throw e;
    }
  }

  /**
   * Starts a TaskManager. It is there once the cluster has its free slots.
   *
   * @param name its id for Flink begins so; started again, it has another one
   */
  public ClusterProcess startTaskManager(String name, int slots) throws IOException {
    return start(name, classpath, id -> members.taskManager(id, slots));
  }

  private ClusterProcess start(String name, String classpath, ClusterProcess.Launch launch)
      throws IOException {
    ClusterProcess process = ClusterProcess.start(files, name, classpath, launch);
    processes.add(process);
    return process;
  }

  public ClusterProcess jobManager() {
    return jobManager;
  }

  /** All that were started, ZooKeeper among them. */
  public List<ClusterProcess> processes() {
    return List.copyOf(processes);
  }

  /**
   * Submits a job as a user does: {@code flink run -d}.
   *
   * @param arguments of the job
   * @return the job's id
   * @throws IOException if it was not taken; the message says why
   */
  public String submit(Path jar, int parallelism, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("-d", "-p", Integer.toString(parallelism), jar.toString()));
    command.addAll(arguments);
    List<String> said = run(command);
    Matcher submitted = SUBMITTED.matcher(String.join("\n", said));
    if (!submitted.find()) {
      throw new IOException("the job was not submitted: " + String.join("\n", said));
    }
    return submitted.group(1);
  }

  /**
   * Runs a program as a user does: {@code flink run}.
   *
   * @param arguments of {@code run}: options, jar, and the program's own
   * @return all that it printed
   * @throws IOException if it did not end well; the message says why
   */
  public List<String> run(List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("run"));
    command.addAll(arguments);
    ProcessLog log = new ProcessLog(files.log("client"));
    int saidBefore = Files.exists(log.path()) ? log.lines().size() : 0;
    try (JvmProcess client =
        JvmProcess.start(files, log.path(), FlinkClasspath.get(), members.client(command))) {
      if (!client.awaitEnd(DEADLINE.toMillis())) {
        throw new IOException(
            "the job was not submitted: the client does not end%n%s".formatted(log.lastWords()));
      }
      List<String> said = log.lines().stream().skip(saidBefore).toList();
      if (client.exitCode() != 0) {
        throw new IOException(
            "the job was not submitted: %s%n%s"
                .formatted(PrintedFailure.ofClient(said), log.lastWords()));
      }
      return said;
    }
  }

  public FlinkRest rest() {
    return rest;
  }

  /** Where Flink's web page is: {@code host:port}. */
  public String address() {
    return flink.get(RestOptions.ADDRESS) + ":" + flink.get(RestOptions.PORT);
  }

  /**
   * Waits until so many slots are free.
   *
   * @throws IOException if they do not come; it says how many there are, and which TaskManager has
   *     ended
   */
  public void awaitFreeSlots(int slots) throws Exception {
    AtomicInteger free = new AtomicInteger();
    await(
        () ->
            "the job needs %d slots, and the cluster has %d%s"
                .formatted(slots, free.get(), ended()),
        () -> {
          free.set(rest.freeSlots());
          return free.get() == slots || !ended().isEmpty();
        });
    if (!ended().isEmpty()) {
      throw new IOException(
          "the job needs %d slots, and the cluster has %d%s%n%s"
              .formatted(slots, free.get(), ended(), lastWords()));
    }
  }

  private String ended() throws IOException {
    StringBuilder ended = new StringBuilder();
    for (ClusterProcess process : processes) {
      if (!process.isAlive()) {
        ended.append(": %s has ended".formatted(process.name()));
        process.log().lastLine().ifPresent(line -> ended.append(" (%s)".formatted(line)));
      }
    }
    return ended.toString();
  }

  /** Waits until all subtasks are running, each started again as often as is said. */
  public void awaitRunning(String job, int restarts) throws Exception {
    await(
        "all subtasks are running after %d restarts".formatted(restarts),
        () ->
            rest.isRunning(job)
                && rest.subtasks(job).stream().allMatch(s -> s.attempt() == restarts));
  }

  /**
   * Looks again and again. That the JobManager does not answer yet is no failure.
   *
   * @throws IOException if it does not come true; the message has the ends of all logs
   */
  public void await(String what, Callable<Boolean> condition) throws Exception {
    await(what, DEADLINE, condition);
  }

  /** The same, for what takes long. */
  public void await(String what, Duration atMost, Callable<Boolean> condition) throws Exception {
    await(() -> what + ": this did not come true", atMost, condition);
  }

  /**
   * The same.
   *
   * @param otherwise the message's first line if it does not come true
   */
  void await(Callable<String> otherwise, Callable<Boolean> condition) throws Exception {
    await(otherwise, DEADLINE, condition);
  }

  private void await(Callable<String> otherwise, Duration atMost, Callable<Boolean> condition)
      throws Exception {
    long end = System.nanoTime() + atMost.toNanos();
    while (!isTrue(condition)) {
      boolean dead = jobManager.awaitEnd(BETWEEN_LOOKS_MILLIS);
      if (dead || System.nanoTime() > end) {
        throw new IOException("%s%n%s".formatted(otherwise.call(), lastWords()));
      }
    }
  }

  private static boolean isTrue(Callable<Boolean> condition) throws Exception {
    try {
      return condition.call();
    } catch (FlinkRest.NotReadyException starting) {
      return false;
    }
  }

  /** For messages: the ends of all logs. */
  public String lastWords() throws IOException {
    StringBuilder words = new StringBuilder();
    for (ClusterProcess process : processes) {
      words.append('\n').append(process.log().lastWords());
    }
    return words.toString();
  }

  @Override
  public void close() {
    processes.forEach(ClusterProcess::close);
    rest.close();
  }
}
