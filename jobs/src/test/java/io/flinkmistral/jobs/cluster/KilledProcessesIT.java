package io.flinkmistral.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.CommittedRecords;
import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.cluster.process.ClusterProcess;
import io.flinkmistral.jobs.cluster.process.JobJar;
import io.flinkmistral.jobs.cluster.process.ProcessCluster;
import io.flinkmistral.jobs.cluster.rest.FlinkRest;
import io.flinkmistral.jobs.enrichment.EnrichmentJob;
import io.flinkmistral.jobs.local.LocalBroker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The enrichment job loses the process of a TaskManager, by {@code kill -9}, in the middle of its
 * rows: each comes out once, as it would have without that.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(900)
class KilledProcessesIT {
  private static final int RECORDS = 400;
  private static final int PARTITIONS = 4;

  /** Of each of two TaskManagers, so that one is enough for a job. */
  private static final int SLOTS = 4;

  private static final String INPUT = "reviews";
  private static final String DEAD_LETTERS = "-dead-letters";
  private static final Pattern SUBMITTED = Pattern.compile("submitted with JobID (\\p{XDigit}+)");

  /** Slowly, so that a job is far from its end when it loses its process. */
  private static final String ONE_BY_ONE = "--batch.conversations=1";

  private static final String TOGETHER = "--batch.conversations=16";

  @TempDir private Path folder;

  private enum Kind {
    FILES,
    TOPICS
  }

  /**
   * A job.
   *
   * @param shared memory for beginnings that records have in common
   */
  private record Case(
      String name, RuntimeExecutionMode mode, Kind kind, String shared, int parallelism) {}

  /** Any three settings meet. */
  private static final List<Case> CASES =
      List.of(
          new Case("files-1", RuntimeExecutionMode.STREAMING, Kind.FILES, "64 mb", 1),
          new Case("files-4", RuntimeExecutionMode.STREAMING, Kind.FILES, "0 b", 4),
          new Case("topics-1", RuntimeExecutionMode.STREAMING, Kind.TOPICS, "0 b", 1),
          new Case("topics-4", RuntimeExecutionMode.STREAMING, Kind.TOPICS, "64 mb", 4),
          new Case("batch-files-1", RuntimeExecutionMode.BATCH, Kind.FILES, "0 b", 1),
          new Case("batch-files-4", RuntimeExecutionMode.BATCH, Kind.FILES, "64 mb", 4),
          new Case("batch-topics-1", RuntimeExecutionMode.BATCH, Kind.TOPICS, "64 mb", 1),
          new Case("batch-topics-4", RuntimeExecutionMode.BATCH, Kind.TOPICS, "0 b", 4));

  private static final Map<Kind, Case> UNDISTURBED =
      Map.of(
          Kind.FILES,
          new Case("files", RuntimeExecutionMode.STREAMING, Kind.FILES, "64 mb", 2),
          Kind.TOPICS,
          new Case("topics", RuntimeExecutionMode.STREAMING, Kind.TOPICS, "64 mb", 2));

  @Test
  void eachRowComesOutOnce() throws Exception {
    writeFiles();
    try (ProcessCluster cluster =
            ProcessCluster.start(Files.createDirectory(folder.resolve("flink")), failures());
        LocalBroker broker = LocalBroker.start(Files.createDirectory(folder.resolve("broker")))) {
      List<ClusterProcess> workers =
          List.of(
              cluster.startTaskManager("left", SLOTS), cluster.startTaskManager("right", SLOTS));
      writeTopics(broker);
      Map<Kind, List<String>> expected =
          Map.of(
              Kind.FILES, undisturbed(cluster, broker, Kind.FILES),
              Kind.TOPICS, undisturbed(cluster, broker, Kind.TOPICS));
      for (Case killed : CASES) {
        cluster.awaitFreeSlots(workers.size() * SLOTS);
        String job = submit(cluster, broker, killed, ONE_BY_ONE);
        cluster.await("rows come out", () -> isInTheMiddle(broker, killed));
        assertThat(committed(broker, killed))
            .as(killed.name())
            .hasSizeLessThan(killed.mode() == RuntimeExecutionMode.BATCH ? 1 : RECORDS);
        ClusterProcess victim = workerOf(cluster, job, workers);
        victim.kill();
        victim.start();
        awaitEnd(cluster, job);
        assertThat(cluster.rest().subtasks(job))
            .as("%s was started again", killed.name())
            .anyMatch(subtask -> subtask.attempt() > 0);
        assertThat(cluster.rest().subtasks(job))
            .as("source and model of %s have all subtasks", killed.name())
            .filteredOn(subtask -> subtask.index() == killed.parallelism() - 1)
            .hasSizeGreaterThan(1);
        assertThat(committed(broker, killed))
            .as(killed.name())
            .isEqualTo(expected.get(killed.kind()));
      }
    }
  }

  private List<String> undisturbed(ProcessCluster cluster, LocalBroker broker, Kind kind)
      throws Exception {
    cluster.awaitFreeSlots(2 * SLOTS);
    Case undisturbed = UNDISTURBED.get(kind);
    String job = submit(cluster, broker, undisturbed, TOGETHER);
    awaitEnd(cluster, job);
    assertThat(cluster.rest().subtasks(job)).allMatch(subtask -> subtask.attempt() == 0);
    List<String> rows = committed(broker, undisturbed);
    assertThat(rows).hasSize(RECORDS);
    return rows;
  }

  /** That a process is gone is known at once, and what becomes of its job is known soon. */
  private static Configuration failures() {
    return new Configuration()
        .set(HeartbeatManagerOptions.HEARTBEAT_INTERVAL, Duration.ofMillis(500))
        .set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofSeconds(30))
        .set(HeartbeatManagerOptions.HEARTBEAT_RPC_FAILURE_THRESHOLD, 1)
        .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 10)
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(1));
  }

  private String submit(ProcessCluster cluster, LocalBroker broker, Case job, String batch)
      throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-d",
                "-D%s=%s".formatted(ExecutionOptions.RUNTIME_MODE.key(), job.mode()),
                "-p",
                Integer.toString(job.parallelism()),
                "-c",
                EnrichmentJob.class.getName(),
                JobJar.PATH.toString(),
                "--model.path=" + TinyModel.PATH,
                "--engine.threads=1",
                "--checkpoint.interval=200 ms",
                "--queue.requests=20",
                "--kv.memory=64 mb",
                "--kv.shared-memory=" + job.shared(),
                "--template={{text}}",
                "--request.max-tokens=24",
                "--output.provenance=true",
                "--job.name=" + job.name(),
                batch));
    switch (job.kind()) {
      case FILES ->
          arguments.addAll(
              List.of(
                  "--input=" + folder.resolve(INPUT), "--output=" + folder.resolve(job.name())));
      case TOPICS ->
          arguments.addAll(
              List.of(
                  "--input=kafka:" + INPUT,
                  "--input.end=latest",
                  "--kafka.starting-offsets=earliest",
                  "--kafka.bootstrap-servers=" + broker.bootstrapServers(),
                  "--output=kafka:" + job.name()));
    }
    Matcher submitted = SUBMITTED.matcher(String.join("\n", cluster.run(arguments)));
    assertThat(submitted.find()).isTrue();
    return submitted.group(1);
  }

  /**
   * Rows are being written: with the first checkpoint that is complete, all of so small an input
   * may be committed.
   */
  private boolean isInTheMiddle(LocalBroker broker, Case job) throws Exception {
    return switch (job.kind()) {
      case FILES -> !files(folder.resolve(job.name())).isEmpty();
      case TOPICS -> written(broker, job.name()) > 0;
    };
  }

  private static ClusterProcess workerOf(
      ProcessCluster cluster, String job, List<ClusterProcess> workers) throws Exception {
    String id =
        cluster.rest().subtasks(job).stream()
            .filter(subtask -> subtask.status().equals("RUNNING"))
            .map(FlinkRest.Subtask::taskManager)
            .findFirst()
            .orElseThrow();
    return workers.stream().filter(worker -> worker.id().equals(id)).findFirst().orElseThrow();
  }

  private static void awaitEnd(ProcessCluster cluster, String job) throws Exception {
    cluster.await(
        "the job has ended",
        () -> List.of("FINISHED", "FAILED", "CANCELED").contains(cluster.rest().jobState(job)));
    assertThat(cluster.rest().jobState(job)).as(cluster.lastWords()).isEqualTo("FINISHED");
  }

  /** One in fifty is bad. */
  private static List<String> records() {
    return IntStream.range(0, RECORDS)
        .mapToObj(
            i ->
                i % 50 == 49
                    ? "bad " + i
                    : "{\"id\":%d,\"text\":\"Tell me a story about a pink owl who is %d.\"}"
                        .formatted(i, i))
        .toList();
  }

  private void writeFiles() throws IOException {
    Path input = Files.createDirectory(folder.resolve(INPUT));
    List<String> records = records();
    int each = RECORDS / PARTITIONS;
    for (int i = 0; i < PARTITIONS; i++) {
      Files.write(input.resolve(i + ".jsonl"), records.subList(i * each, (i + 1) * each));
    }
  }

  private static void writeTopics(LocalBroker broker) throws Exception {
    List<String> topics = new ArrayList<>(List.of(INPUT));
    Stream.concat(CASES.stream(), UNDISTURBED.values().stream())
        .filter(job -> job.kind() == Kind.TOPICS)
        .forEach(job -> topics.addAll(List.of(job.name(), job.name() + DEAD_LETTERS)));
    broker.createTopics(topics, PARTITIONS, Map.of());
    List<String> records = records();
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = 0; i < RECORDS; i++) {
        producer.send(new ProducerRecord<>(INPUT, i % PARTITIONS, null, records.get(i)));
      }
      producer.flush();
    }
  }

  /** Rows and dead letters, in an order of their own. */
  private List<String> committed(LocalBroker broker, Case job) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String place : List.of(job.name(), job.name() + DEAD_LETTERS)) {
      lines.addAll(
          switch (job.kind()) {
            case FILES -> lines(folder.resolve(place));
            case TOPICS -> records(broker, place);
          });
    }
    return lines.stream().sorted().toList();
  }

  private static List<String> lines(Path output) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Path file : files(output)) {
      if (!file.getFileName().toString().startsWith(".")) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    return lines;
  }

  /** Those that are being written begin with a dot. */
  private static List<Path> files(Path output) throws IOException {
    if (!Files.exists(output)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(output)) {
      return files.toList();
    }
  }

  private static List<String> records(LocalBroker broker, String topic) {
    List<String> all = new ArrayList<>();
    try (CommittedRecords records = new CommittedRecords(broker.bootstrapServers(), topic)) {
      while (!records.isAtEnd()) {
        records
            .poll(Duration.ofMillis(100))
            .forEach(record -> all.add(new String(record.value(), StandardCharsets.UTF_8)));
      }
    }
    return all;
  }

  /** Whether or not they are committed. */
  private static long written(LocalBroker broker, String topic) throws Exception {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int i = 0; i < PARTITIONS; i++) {
      ends.put(new TopicPartition(topic, i), OffsetSpec.latest());
    }
    try (Admin admin =
        Admin.create(
            Map.<String, Object>of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()))) {
      return admin.listOffsets(ends).all().get().values().stream()
          .mapToLong(end -> end.offset())
          .sum();
    }
  }
}
