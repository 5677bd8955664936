package io.flinkmistral.jobs.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.CommittedRecords;
import io.flinkmistral.jobs.HeldInput;
import io.flinkmistral.jobs.RestartedFlink;
import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.jobs.options.JobArguments;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The whole cluster goes in the middle of a job over input that ends, and another cluster goes on
 * from the last checkpoint, with more or fewer slots: each record comes out once, as it would have
 * without that.
 */
@Timeout(300)
class KilledEnrichmentTest {
  private static final int RECORDS = 400;
  private static final int FILES = 8;

  /** Slowly, so that the first job has records under way when it goes. */
  private static final List<String> ONE_BY_ONE =
      List.of("--batch.conversations=1", "--batch.prefill-tokens=1", "--kv.shared-memory=0 b");

  private static final List<String> TOGETHER = List.of("--batch.conversations=16");
  private static final String DEAD_LETTERS = "-dead-letters";

  @TempDir private Path folder;

  /** Where a job reads and writes, and what is committed there. */
  private record Places(List<String> input, String output, Supplier<List<String>> committed) {}

  @ParameterizedTest
  @CsvSource({"1, 4", "4, 1"})
  void filesComeOutOnce(int before, int after) throws Exception {
    Path input = writeFiles();
    Places killed = files(input, folder.resolve("killed"));
    killAndGoOn(killed, before, after, FILES / 2);
    Places undisturbed = files(input, folder.resolve("undisturbed"));
    run(undisturbed);
    assertThat(killed.committed().get()).isEqualTo(undisturbed.committed().get()).hasSize(RECORDS);
  }

  @ParameterizedTest
  @CsvSource({"1, 4", "4, 1"})
  void topicsComeOutOnce(int before, int after) throws Exception {
    try (LocalBroker broker = LocalBroker.start(Files.createDirectory(folder.resolve("broker")))) {
      Places killed = topics(broker, "killed");
      Places undisturbed = topics(broker, "undisturbed");
      List<String> topics = new ArrayList<>(List.of("reviews"));
      for (String output : List.of("killed", "undisturbed")) {
        topics.addAll(List.of(output, output + DEAD_LETTERS));
      }
      broker.createTopics(topics, 2, Map.of());
      send(broker);
      killAndGoOn(killed, before, after, RECORDS / 2);
      run(undisturbed);
      assertThat(killed.committed().get())
          .isEqualTo(undisturbed.committed().get())
          .hasSize(RECORDS);
    }
  }

  /**
   * @param pieces of the input that the first job gets
   */
  private void killAndGoOn(Places places, int before, int after, int pieces) throws Exception {
    Path first = Files.createDirectory(folder.resolve("first"));
    try (HeldInput _ = HeldInput.behind(pieces);
        LocalFlink flink = start(first)) {
      LocalFlink.Submitted job = submit(flink, places, before, ONE_BY_ONE, Optional.empty());
      CommonTestUtils.waitUtil(
          () -> !places.committed().get().isEmpty() || job.result().isDone(),
          Duration.ofSeconds(120),
          Duration.ofMillis(5),
          "records that are committed");
      assertThat(job.result()).isNotDone();
    }
    assertThat(places.committed().get()).hasSizeBetween(1, RECORDS / 2);
    try (LocalFlink flink = start(Files.createDirectory(folder.resolve("second")))) {
      RestartedFlink.awaitEnd(
          submit(
              flink, places, after, TOGETHER, Optional.of(RestartedFlink.lastCheckpoint(first))));
    }
  }

  private void run(Places places) throws Exception {
    try (LocalFlink flink = start(Files.createDirectory(folder.resolve("third")))) {
      RestartedFlink.awaitEnd(submit(flink, places, 2, TOGETHER, Optional.empty()));
    }
  }

  private static LocalFlink start(Path folder) throws Exception {
    return RestartedFlink.start(folder, 4, HeldInput.flink());
  }

  private static LocalFlink.Submitted submit(
      LocalFlink flink,
      Places places,
      int parallelism,
      List<String> batch,
      Optional<String> checkpoint)
      throws Exception {
    StreamExecutionEnvironment env = flink.environment();
    checkpoint.ifPresent(
        path -> env.configure(new Configuration().set(StateRecoveryOptions.SAVEPOINT_PATH, path)));
    env.setParallelism(parallelism);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--model.path=" + TinyModel.PATH,
                "--engine.threads=2",
                "--checkpoint.interval=200 ms",
                "--queue.requests=50",
                "--template={{text}}",
                "--request.max-tokens=32",
                "--output.provenance=true",
                "--output=" + places.output()));
    arguments.addAll(batch);
    arguments.addAll(places.input());
    EnrichmentPipeline.add(
        env,
        JobArguments.parse(
            EnrichmentJobOptions.CHECKED, Map.of(), arguments.toArray(String[]::new)));
    return flink.submit(env, "enrichment");
  }

  /** One in a hundred is bad. */
  private static List<String> records() {
    return IntStream.range(0, RECORDS)
        .mapToObj(
            i ->
                i % 100 == 99
                    ? "bad " + i
                    : "{\"id\":%d,\"text\":\"Tell me a story about a pink owl who is %d.\"}"
                        .formatted(i, i))
        .toList();
  }

  private Path writeFiles() throws IOException {
    Path input = Files.createDirectory(folder.resolve("in"));
    List<String> records = records();
    int each = RECORDS / FILES;
    for (int i = 0; i < FILES; i++) {
      Files.write(input.resolve(i + ".jsonl"), records.subList(i * each, (i + 1) * each));
    }
    return input;
  }

  private static Places files(Path input, Path output) {
    return new Places(
        List.of("--input=" + HeldInput.files(input)),
        output.toString(),
        () ->
            Stream.of(output, Path.of(output + DEAD_LETTERS))
                .flatMap(path -> lines(path).stream())
                .sorted()
                .toList());
  }

  /** Of files that are complete. */
  private static List<String> lines(Path output) {
    if (!Files.exists(output)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(output)) {
      List<String> lines = new ArrayList<>();
      for (Path file : files.filter(f -> !f.getFileName().toString().startsWith(".")).toList()) {
        lines.addAll(Files.readAllLines(file));
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Places topics(LocalBroker broker, String output) {
    List<String> input =
        new ArrayList<>(
            List.of(
                "--input=kafka:reviews",
                "--input.end=latest",
                "--kafka.starting-offsets=earliest",
                "--kafka.bootstrap-servers=" + broker.bootstrapServers()));
    input.addAll(HeldInput.topics());
    return new Places(
        input, "kafka:" + output, () -> committed(broker, output, output + DEAD_LETTERS));
  }

  private static void send(LocalBroker broker) {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new StringSerializer(),
            new StringSerializer())) {
      records().forEach(record -> producer.send(new ProducerRecord<>("reviews", record)));
      producer.flush();
    }
  }

  private static List<String> committed(LocalBroker broker, String... topics) {
    List<String> all = new ArrayList<>();
    try (CommittedRecords records = new CommittedRecords(broker.bootstrapServers(), topics)) {
      while (!records.isAtEnd()) {
        records
            .poll(Duration.ofMillis(100))
            .forEach(record -> all.add(new String(record.value(), StandardCharsets.UTF_8)));
      }
    }
    return all.stream().sorted().toList();
  }
}
