package io.flinkmistral.jobs.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.ChatJob;
import io.flinkmistral.jobs.client.CreateTopics;
import io.flinkmistral.jobs.gateway.Gateway;
import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.jobs.options.OptionTable;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.operator.options.MistralOptions;
import java.io.IOException;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.metrics.prometheus.PrometheusReporterFactory;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What the files of {@code docker/} name exists, and their numbers fit each other. */
class DockerFilesTest {
  private static final String JOB_OPTION = "FLINK_MISTRAL_";
  private static final long BYTES_PER_TOKEN = 128 << 10;
  private static final long WEIGHTS = 4_108_916_384L;

  private static final List<Class<?>> FLINK_OPTIONS =
      List.of(
          CheckpointingOptions.class,
          CoreOptions.class,
          HeartbeatManagerOptions.class,
          JobManagerOptions.class,
          MetricOptions.class,
          RestartStrategyOptions.class,
          RestOptions.class,
          StateBackendOptions.class,
          TaskManagerOptions.class,
          WebOptions.class);

  private static final List<String> REPORTER =
      List.of("factory.class", "port", "filterLabelValueCharacters");

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
    assertThat(files.service("broker").required("image").asString())
        .matches(
            "apache/kafka:%s(@sha256:[0-9a-f]{64})?"
                .formatted(Pattern.quote(DockerFiles.pom("kafka.version"))));
  }

  /** If each service built it, each build would leave images without a name. */
  @Test
  void oneServiceBuildsTheImageOfAllOthers() {
    assertThat(files.services()).filteredOn(s -> files.service(s).has("build")).hasSize(1);
    assertThat(files.services())
        .filteredOn(s -> !s.equals("broker"))
        .allSatisfy(
            s ->
                assertThat(files.service(s).required("image").asString())
                    .isEqualTo(files.setting("IMAGE")));
  }

  @Test
  void noServiceHasRightsItDoesNotNeedAndEachHasLimits() {
    for (String name : files.services()) {
      JsonNode service = files.service(name);
      assertThat(service.required("cap_drop")).map(JsonNode::asString).containsExactly("ALL");
      assertThat(service.has("cap_add") || service.has("privileged")).as(name).isFalse();
      assertThat(service.required("security_opt"))
          .map(JsonNode::asString)
          .containsExactly("no-new-privileges:true");
      assertThat(MemorySize.parseBytes(service.required("mem_limit").asString())).isPositive();
      assertThat(service.required("logging").required("options").propertyNames())
          .contains("max-size", "max-file");
      assertThat(service.path("ports"))
          .as(name)
          .allSatisfy(port -> assertThat(port.asString()).startsWith("127.0.0.1:"));
      assertThat(service.path("read_only").asBoolean(false))
          .as(name)
          .isEqualTo(!name.equals("taskmanager"));
    }
  }

  /** A number of attempts would be of the container's whole life. */
  @Test
  void whatRunsStartsAgainHoweverOftenItFails() {
    assertThat(files.service("jobmanager").required("restart").asString()).isEqualTo("on-failure");
    for (String name : List.of("broker", "taskmanager", "gateway")) {
      assertThat(files.service(name).required("restart").asString()).isEqualTo("unless-stopped");
    }
  }

  @Test
  void theModelIsLookedAtBeforeAnythingElseStarts() {
    for (String name : files.services()) {
      String service = name;
      while (files.service(service).has("depends_on")) {
        service = files.service(service).required("depends_on").propertyNames().iterator().next();
      }
      assertThat(service).isEqualTo("check-model");
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
        .isSubsetOf(OptionTable.options().stream().map(DockerFilesTest::variable).toList());
    assertThat(jobOptions().get(MistralOptions.MODEL_PATH))
        .isEqualTo("/models/" + files.setting("MODEL"));
  }

  @Test
  void optionsOfFlinkExistAndHaveValuesOfTheirTypes() throws IllegalAccessException {
    for (String service : List.of("jobmanager", "taskmanager")) {
      Configuration flink = files.flink(service);
      List<String> known = new ArrayList<>(List.of("env.java.opts.all"));
      REPORTER.forEach(option -> known.add("metrics.reporter.prom." + option));
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

  /** As {@code operator/README.md} says; the distribution has the reporter among its plugins. */
  @Test
  void eachTaskManagerShowsItsMetricsToPrometheus() {
    Configuration flink = files.flink("taskmanager");
    assertThat(flink.get(MetricOptions.REPORTERS_LIST)).isEqualTo("prom");
    assertThat(reporter(flink, "factory.class"))
        .isEqualTo(PrometheusReporterFactory.class.getName());
    assertThat(reporter(flink, "filterLabelValueCharacters")).isEqualTo("false");
    assertThat(files.service("taskmanager").required("ports"))
        .map(JsonNode::asString)
        .containsExactly(
            "127.0.0.1:%s:%s".formatted(files.setting("METRICS_PORTS"), reporter(flink, "port")));
    String[] ports = files.setting("METRICS_PORTS").split("-");
    assertThat(Integer.parseInt(ports[1]) - Integer.parseInt(ports[0]) + 1)
        .as("one for each TaskManager")
        .isGreaterThanOrEqualTo(Integer.parseInt(files.setting("TASKMANAGERS")));
  }

  private static String reporter(Configuration flink, String option) {
    return flink.getString("metrics.reporter.prom." + option, "");
  }

  /** It reads the options of the environment as the job does. */
  @Test
  void topicsAreThoseOfTheJob() {
    JsonNode topics = files.service("topics");
    assertThat(topics.required("entrypoint"))
        .map(JsonNode::asString)
        .endsWith(CreateTopics.class.getName());
    assertThat(topics.required("command"))
        .map(JsonNode::asString)
        .containsExactly(files.setting("PARTITIONS"));
    Configuration creation = JobArguments.parse(files.environment("topics"));
    Configuration job = jobOptions();
    for (ConfigOption<String> option :
        Stream.concat(
                Stream.of(ChatJobOptions.BOOTSTRAP_SERVERS),
                Stream.of(ChatTopic.values()).map(ChatTopic::option))
            .toList()) {
      assertThat(creation.get(option)).isEqualTo(job.get(option));
    }
  }

  @Test
  void theGatewayIsThatOfTheBuild() throws IOException {
    assertThat(files.service("gateway").required("entrypoint"))
        .map(JsonNode::asString)
        .startsWith("java")
        .contains(DockerFiles.pom("native.flag"), DockerFiles.pom("unsafe.flag"))
        .endsWith("lib/*:usrlib/*:gateway/*", Gateway.class.getName());
    assertThat(DockerFiles.find("docker/Dockerfile", "COPY --from=build /src/(\\S+) gateway/"))
        .isEqualTo("jobs/target/gateway");
    assertThat(
            DockerFiles.find(
                "jobs/pom.xml", "<outputDirectory>\\$\\{project.build.directory}/(gateway)<"))
        .isEqualTo("gateway");
  }

  /** Without API keys it is open to whoever reaches it, which its published port bounds. */
  @Test
  void optionsOfTheGatewayExistAndItListensOnLoopbackAlone() {
    Map<String, String> environment = files.environment("gateway");
    Configuration gateway = JobArguments.parse(GatewayOptions.CHECKED, environment);
    Configuration job = jobOptions();
    assertThat(environment.keySet())
        .filteredOn(name -> name.startsWith(JOB_OPTION + "GATEWAY_"))
        .isSubsetOf(
            GatewayOptions.CHECKED.options().stream().map(DockerFilesTest::variable).toList());
    assertThat(gateway.get(GatewayOptions.OPEN)).isTrue();
    assertThat(files.service("gateway").required("ports"))
        .map(JsonNode::asString)
        .containsExactly(
            "127.0.0.1:%s:%d"
                .formatted(files.setting("GATEWAY_PORT"), gateway.get(GatewayOptions.PORT)));
    for (ConfigOption<String> option :
        Stream.concat(
                Stream.of(ChatJobOptions.BOOTSTRAP_SERVERS),
                Stream.of(ChatTopic.values()).map(ChatTopic::option))
            .toList()) {
      assertThat(gateway.get(option)).isEqualTo(job.get(option));
    }
  }

  @Test
  void crashedProcessesAreMissedWithinSecondsAndOtherOriginsSeeNothing() {
    for (String service : List.of("jobmanager", "taskmanager")) {
      Configuration flink = files.flink(service);
      Duration timeout = flink.get(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT);
      assertThat(timeout)
          .isLessThanOrEqualTo(Duration.ofSeconds(15))
          .isGreaterThan(flink.get(HeartbeatManagerOptions.HEARTBEAT_INTERVAL).multipliedBy(2));
      assertThat(flink.get(TaskManagerOptions.REGISTRATION_TIMEOUT))
          .isBetween(timeout.multipliedBy(2), Duration.ofMinutes(1));
      assertThat(flink.get(WebOptions.SUBMIT_ENABLE)).isFalse();
      assertThat(flink.get(WebOptions.ACCESS_CONTROL_ALLOW_ORIGIN))
          .startsWith("http://jobmanager:");
    }
  }

  @Test
  void keysAndValuesFitIntoTheirMemoryAndAllIntoTheContainer() {
    Configuration job = jobOptions();
    Configuration flink = files.flink("taskmanager");
    long process =
        TaskExecutorProcessUtils.processSpecFromConfig(flink)
            .getTotalProcessMemorySize()
            .getBytes();
    MemorySize keysAndValues = flink.get(TaskManagerOptions.TASK_OFF_HEAP_MEMORY);
    assertThat(MemorySize.parseBytes(files.environment("check-model").get("FLINK_MEMORY")))
        .isEqualTo(process - keysAndValues.getBytes());
    long tokens =
        Long.parseLong(files.setting("SLOTS"))
            * job.get(MistralOptions.MAX_CONVERSATIONS)
            * job.get(MistralOptions.CONTEXT_LIMIT);
    assertThat(keysAndValues.getBytes())
        .isGreaterThanOrEqualTo(tokens * BYTES_PER_TOKEN)
        .isGreaterThanOrEqualTo(
            Long.parseLong(files.setting("SLOTS")) * job.get(MistralOptions.KV_MEMORY).getBytes()
                + job.get(MistralOptions.KV_SHARED_MEMORY).getBytes());
    assertThat(MemorySize.parseBytes(files.setting("TASKMANAGER_MEMORY")))
        .isGreaterThanOrEqualTo(process + WEIGHTS);
  }

  private static String variable(ConfigOption<?> option) {
    return JOB_OPTION + option.key().toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
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

  /**
   * As the image makes them out of its environment: KAFKA_NODE_ID is node.id. KAFKA_HEAP_OPTS is
   * for its scripts.
   */
  private Map<String, String> brokerProperties() {
    Map<String, String> properties = new TreeMap<>();
    files
        .environment("broker")
        .forEach(
            (name, value) -> {
              if (name.startsWith("KAFKA_") && !name.equals("KAFKA_HEAP_OPTS")) {
                String key = name.substring("KAFKA_".length());
                properties.put(key.toLowerCase(Locale.ROOT).replace('_', '.'), value);
              }
            });
    return properties;
  }
}
