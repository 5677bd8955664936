package io.flinkmistral.jobs.cluster.process;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.client.cli.CliFrontend;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint;
import org.apache.flink.runtime.jobmanager.JobManagerProcessSpec;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.apache.flink.runtime.taskexecutor.TaskManagerRunner;
import org.apache.flink.runtime.util.config.memory.ProcessMemoryUtils;

/**
 * Command lines of Flink's programs: JVM flags, main class, arguments. Memory flags are worked out
 * by the classes that Flink's own scripts ask.
 */
final class FlinkMembers {
  /** For JVMs that compute nothing: half the processor time until they are ready. */
  private static final List<String> QUICK_START =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private final Configuration flink;
  private final List<String> configDir;

  FlinkMembers(Configuration flink, ClusterFiles files) {
    this.flink = flink;
    this.configDir = List.of("--configDir", files.conf().toString());
  }

  List<String> jobManager() {
    JobManagerProcessSpec memory = JobManagerProcessUtils.processSpecFromConfig(flink);
    List<String> command =
        new ArrayList<>(words(JobManagerProcessUtils.generateJvmParametersStr(memory, flink)));
    command.addAll(QUICK_START);
    command.add(StandaloneSessionClusterEntrypoint.class.getName());
    command.addAll(configDir);
    command.addAll(words(JobManagerProcessUtils.generateDynamicConfigsStr(memory)));
    return command;
  }

  /**
   * @param id a new one, by which the JobManager knows it
   */
  List<String> taskManager(String id, int slots) {
    TaskExecutorProcessSpec memory = TaskExecutorProcessUtils.processSpecFromConfig(flink);
    List<String> command =
        new ArrayList<>(words(ProcessMemoryUtils.generateJvmParametersStr(memory)));
    command.add(TaskManagerRunner.class.getName());
    command.addAll(configDir);
    command.addAll(words(TaskExecutorProcessUtils.generateDynamicConfigsStr(memory)));
    command.add("-D%s=%d".formatted(TaskManagerOptions.NUM_TASK_SLOTS.key(), slots));
    command.add("-D%s=%s".formatted(TaskManagerOptions.TASK_MANAGER_RESOURCE_ID.key(), id));
    return command;
  }

  /** The command line client. */
  List<String> client(List<String> arguments) {
    List<String> command = new ArrayList<>(QUICK_START);
    command.add(CliFrontend.class.getName());
    command.addAll(arguments);
    return command;
  }

  private static List<String> words(String text) {
    return Stream.of(text.split("\\s+")).filter(word -> !word.isEmpty()).toList();
  }
}
