package io.flinkmistral.jobs.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.TopicProbe;
import io.flinkmistral.jobs.cluster.process.JobJar;
import io.flinkmistral.jobs.local.ListeningSockets;
import io.flinkmistral.jobs.local.web.HostilePage;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code mvn -Pcluster}, in a process of its own as Maven starts it. */
@EnabledOnOs(OS.LINUX)
@Timeout(240)
class LocalClusterIT {
  private static final Pattern PROCESS = Pattern.compile("([a-z0-9-]+) (\\d+)");
  private static final String REQUEST =
      """
      {"request_id": "%s", "conversation_id": "c", "messages": [{"role": "user", "content": "%s"}]}\
      """;

  @TempDir private Path folder;

  @Test
  void survivesTheEndOfItsProcessesAndLeavesNothingBehind() throws Exception {
    Process launcher = launcher().start();
    List<ProcessHandle> processes = List.of();
    try (BufferedReader out = launcher.inputReader()) {
      String broker = lineWith("cluster: broker ", out).split(" +")[2];
      String[] page = lineWith("cluster: web page ", out).split("[ /:]+");
      new HostilePage(page[page.length - 2], Integer.parseInt(page[page.length - 1])).isRefused();
      Map<String, ProcessHandle> byName = processes(lineWith("cluster: processes ", out));
      lineWith("Ctrl-C ends all", out);
      assertThat(byName)
          .containsOnlyKeys("broker", "zookeeper", "jobmanager", "taskmanager-1", "taskmanager-2");
      for (ProcessHandle process : byName.values()) {
        assertThat(ListeningSockets.of(process.pid()))
            .isNotEmpty()
            .allMatch(ListeningSockets::isLoopback, "is on the loopback interface");
      }
      assertThat(ask(broker, "first", "My name is Sofia."))
          .isEqualTo("Hello Sofia, nice to meet you.");

      byName.get("taskmanager-1").destroyForcibly();
      assertThat(lineWith("has ended", out)).contains("taskmanager-1");
      assertThat(ask(broker, "second", "Who am I?")).isEqualTo("Your name is Sofia.");

      processes = launcher.descendants().toList();
      launcher.destroy();
      assertThat(launcher.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      launcher.destroyForcibly();
    }
    assertThat(processes).hasSizeGreaterThanOrEqualTo(5).noneMatch(ProcessHandle::isAlive);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.filter(path -> path.getFileName().toString().contains("mistral-cluster")))
          .isEmpty();
    }
  }

  private ProcessBuilder launcher() {
    String flags = System.getProperty("flink.flags");
    List<String> command =
        new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
    Collections.addAll(command, flags.split(" "));
    Collections.addAll(
        command,
        "-Djava.io.tmpdir=" + folder,
        "-Dlog4j2.configurationFile=classpath:log4j2-demo.properties",
        "-Dflink.flags=" + flags,
        "-Djob.jar=" + JobJar.PATH,
        "-Dcluster.flink=taskmanager.memory.task.off-heap.size=128m",
        "-classpath",
        System.getProperty("java.class.path"),
        LocalCluster.class.getName());
    return new ProcessBuilder(command).redirectErrorStream(true);
  }

  private static String lineWith(String text, BufferedReader out) throws Exception {
    StringBuilder seen = new StringBuilder();
    for (String line; (line = out.readLine()) != null; ) {
      seen.append(line).append('\n');
      if (line.contains(text)) {
        return line;
      }
    }
    throw new AssertionError("no line with \"%s\" in%n%s".formatted(text, seen));
  }

  private static Map<String, ProcessHandle> processes(String line) {
    Matcher matcher = PROCESS.matcher(line);
    return matcher
        .results()
        .collect(
            Collectors.toMap(
                (MatchResult found) -> found.group(1),
                found -> ProcessHandle.of(Long.parseLong(found.group(2))).orElseThrow()));
  }

  /** Waits for the answer, for as long as the test may take. */
  private static String ask(String broker, String id, String content) {
    try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        TopicProbe completions = new TopicProbe(broker, "completions")) {
      producer.send(
          new ProducerRecord<>(
              "prompts", "c".getBytes(UTF_8), REQUEST.formatted(id, content).getBytes(UTF_8)));
      while (true) {
        for (ConsumerRecord<byte[], byte[]> record : completions.poll(Duration.ofMillis(100))) {
          JsonNode answer = TopicProbe.json(record);
          if (answer.get("request_id").stringValue().equals(id)) {
            return answer.at("/choices/0/message/content").asString();
          }
        }
      }
    }
  }
}
