package io.flinkmistral.jobs.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.ChatJob;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.jobs.options.OptionTable;
import io.flinkmistral.operator.MistralOptions;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import kafka.server.KafkaConfig;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.junit.jupiter.api.Test;

/** What the files of {@code docker/} name exists, and their numbers fit each other. */
class DockerFilesTest {
  private static final String JOB_OPTION = "FLINK_MISTRAL_";
  private static final long BYTES_PER_TOKEN = 128 << 10;
  private static final long WEIGHTS = 4_108_916_384L;

  private static final List<Class<?>> FLINK_OPTIONS =
      List.of(
          CheckpointingOptions.class,
          CoreOptions.class,
          JobManagerOptions.class,
          RestartStrategyOptions.class,
          RestOptions.class,
          StateBackendOptions.class,
          TaskManagerOptions.class,
          WebOptions.class);

  private final DockerFiles files = new DockerFiles();

  DockerFilesTest() throws IOException {}

  @Test
  void versionsAreThoseOfTheBuild() throws IOException {
    String dockerfile = "docker/Dockerfile";
    assertThat(DockerFiles.find(dockerfile, "ARG FLINK_VERSION=(\\S+)"))
        .isEqualTo(DockerFiles.pom("flink.version"));
    assertThat(DockerFiles.find(dockerfile, "FROM maven:\\S+-temurin-(\\d+) AS build"))
        .isEqualTo(DockerFiles.pom("java.version"));
    assertThat(DockerFiles.find(dockerfile, "FROM eclipse-temurin:(\\d+)-jdk-noble"))
        .isEqualTo(DockerFiles.pom("java.version"));
    for (String service : List.of("broker", "topics")) {
      assertThat(files.service(service).required("image").asString())
          .isEqualTo("apache/kafka:" + DockerFiles.pom("kafka.version"));
    }
  }

  @Test
  void jvmFlagsAreThoseOfTheBuild() throws IOException {
    assertThat(files.flink("taskmanager").getString("env.java.opts.all", "").split(" "))
        .contains(
            DockerFiles.pom("vector.flag"),
            DockerFiles.pom("native.flag"),
            DockerFiles.pom("flink.opens.flag"),
            DockerFiles.pom("unsafe.flag"))
        .doesNotHaveDuplicates();
  }

  /** No argument may follow the class: Flink's script appends arguments of its own. */
  @Test
  void startsTheChatJob() {
    assertThat(files.service("jobmanager").required("command"))
        .map(word -> word.asString())
        .containsExactly("standalone-job", "--job-classname", ChatJob.class.getName());
  }

  @Test
  void optionsOfTheJobExistAndHaveValuesOfTheirTypes() {
    Map<String, String> environment = files.environment("jobmanager");
    assertThat(environment.keySet())
        .filteredOn(name -> name.startsWith(JOB_OPTION))
        .isSubsetOf(
            OptionTable.options().stream()
                .map(o -> JOB_OPTION + o.key().toUpperCase(Locale.ROOT).replaceAll("[.-]", "_"))
                .toList());
    assertThat(jobOptions().get(MistralOptions.MODEL_PATH))
        .isEqualTo("/models/" + files.setting("MODEL"));
  }

  @Test
  void optionsOfFlinkExistAndHaveValuesOfTheirTypes() throws IllegalAccessException {
    for (String service : List.of("jobmanager", "taskmanager")) {
      Configuration flink = files.flink(service);
      List<String> known = new ArrayList<>(List.of("env.java.opts.all"));
      for (ConfigOption<?> option : flinkOptions()) {
        flink.get(option);
        known.add(option.key());
      }
      assertThat(flink.keySet()).isSubsetOf(known);
    }
  }

  @Test
  void brokerAcceptsItsConfigurationAndTheTransactionsOfTheJob() {
    Map<String, String> properties = brokerProperties();
    KafkaConfig broker = new KafkaConfig(properties);
    assertThat(properties.keySet()).isSubsetOf(broker.values().keySet());
    assertThat(jobOptions().get(ChatJobOptions.TRANSACTION_TIMEOUT).toMillis())
        .isLessThan(broker.getInt("transaction.max.timeout.ms"));
  }

  @Test
  void topicsAreThoseOfTheJob() {
    Configuration job = jobOptions();
    assertThat(files.service("topics").required("command").required(0).asString())
        .contains(
            "create " + job.get(ChatJobOptions.PROMPTS),
            "create " + job.get(ChatJobOptions.COMPLETIONS),
            "create " + job.get(ChatJobOptions.TOKENS),
            "create " + job.get(ChatJobOptions.DEAD_LETTERS));
  }

  @Test
  void keysAndValuesFitIntoTheirMemoryAndAllIntoTheContainer() {
    Configuration job = jobOptions();
    Configuration flink = files.flink("taskmanager");
    long tokens =
        Long.parseLong(files.setting("SLOTS"))
            * job.get(MistralOptions.MAX_CONVERSATIONS)
            * job.get(MistralOptions.CONTEXT_LIMIT);
    assertThat(flink.get(TaskManagerOptions.TASK_OFF_HEAP_MEMORY).getBytes())
        .isGreaterThanOrEqualTo(tokens * BYTES_PER_TOKEN)
        .isGreaterThanOrEqualTo(
            Long.parseLong(files.setting("SLOTS")) * job.get(MistralOptions.KV_MEMORY).getBytes());
    assertThat(MemorySize.parseBytes(files.setting("TASKMANAGER_MEMORY")))
        .isGreaterThanOrEqualTo(
            TaskExecutorProcessUtils.processSpecFromConfig(flink)
                    .getTotalProcessMemorySize()
                    .getBytes()
                + WEIGHTS);
  }

  private Configuration jobOptions() {
    return JobArguments.parse(files.environment("jobmanager"));
  }

  private static List<ConfigOption<?>> flinkOptions() throws IllegalAccessException {
    List<ConfigOption<?>> options = new ArrayList<>();
    for (Class<?> holder : FLINK_OPTIONS) {
      for (Field field : holder.getFields()) {
        if (field.getType() == ConfigOption.class) {
          options.add((ConfigOption<?>) field.get(null));
        }
      }
    }
    return options;
  }

  /** As the image makes them out of its environment: KAFKA_NODE_ID is node.id. */
  private Map<String, String> brokerProperties() {
    Map<String, String> properties = new TreeMap<>();
    files
        .environment("broker")
        .forEach(
            (name, value) -> {
              if (name.startsWith("KAFKA_")) {
                String key = name.substring("KAFKA_".length());
                properties.put(key.toLowerCase(Locale.ROOT).replace('_', '.'), value);
              }
            });
    return properties;
  }
}
