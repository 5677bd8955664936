package io.flinkmistral.jobs.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flinkmistral.jobs.CommittedRecords;
import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.evaluation.comparison.CompareResults;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.jobs.options.OptionTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The job on files, topics and benchmarks, with the small model. */
@Timeout(300)
class EvaluationJobTest {
  private static final Path BENCHMARKS = Path.of("src/test/resources/benchmarks");

  @TempDir private static Path folder;
  private static LocalFlink flink;

  @BeforeAll
  static void start() throws Exception {
    flink = LocalFlink.start(folder.resolve("flink"), 2);
  }

  @AfterAll
  static void stop() throws Exception {
    flink.close();
  }

  static List<String> questions() {
    return List.of(
        choice(1, "I love this sofa.", "positive"),
        choice(2, "I hate this sofa.", "negative"),
        choice(3, "I hate this phone.", "positive"), // It is not.
        "no JSON",
        "{\"id\":\"4\",\"group\":\"capitals\",\"context\":\"[INST] What is the capital of Peru?"
            + " [/INST]\",\"answer\":\"Lima\",\"pattern\":\"is"
            + " ([A-Z][a-z]+)\",\"n\":3,\"temperature\":0.5,\"max_tokens\":16}",
        "{\"id\":\"5\",\"group\":\"prose\",\"text\":\"The ball is red.\"}",
        "{\"id\":\"6\",\"group\":\"labels\",\"context\":\"a\",\"choices\":[\"b\"],\"answer\":0}");
  }

  private static String choice(int id, String text, String answer) {
    return "{\"id\":\"%d\",\"group\":\"labels/sentiment\",\"context\":\"[INST] Classify the sentiment: %s [/INST]\",\"choices\":[\"positive\",\"negative\"],\"answer\":\"%s\"}"
        .formatted(id, text, answer);
  }

  @Test
  void reportsAreTheSameInBatchAndStreamingWithAnyParallelism() throws Exception {
    Path input = Files.write(folder.resolve("in.jsonl"), questions());
    List<String> reports = new ArrayList<>();
    List<List<String>> results = new ArrayList<>();
    for (RuntimeExecutionMode mode :
        List.of(RuntimeExecutionMode.STREAMING, RuntimeExecutionMode.BATCH)) {
      for (int parallelism : List.of(1, 2)) {
        String output = folder.resolve("%s-%d".formatted(mode, parallelism)).toString();
        reports.add(run(mode, parallelism, "--input=" + input, "--output=" + output));
        results.add(
            Stream.concat(lines(Path.of(output)), lines(Path.of(output + "-dead-letters")))
                .sorted()
                .toList());
        assertThat(Path.of(output + "-report")).isDirectoryContaining("glob:**report.svg");
        assertThat(Path.of(output + "-report")).isDirectoryContaining("glob:**report.json");
      }
    }
    assertThat(reports).allMatch(reports.getFirst()::equals);
    assertThat(results).allMatch(results.getFirst()::equals);
    assertThat(results.getFirst()).hasSize(7);
    assertThat(reports.getFirst())
        .contains("questions  5; without an answer: 2 invalid_request\n")
        .containsPattern("labels +acc +3 +66.67")
        .containsPattern("capitals +exact_match +1 +100.00")
        .containsPattern("prose +perplexity +1 +\\d");
    assertThat(results.getFirst())
        .anyMatch(line -> line.contains("\"_raw\":\"no JSON\"") && line.contains("is no JSON"))
        .anyMatch(line -> line.contains("choices must be two or more"));
    String one = folder.resolve("STREAMING-1").toString();
    assertThat(CompareResults.text(one, folder.resolve("BATCH-2").toString()))
        .contains("questions  5 in both, 0 in the first alone, 0 in the second alone")
        .doesNotContain("answers have changed");
  }

  @Test
  void benchmarksAreAskedOutOfTheirFiles() throws Exception {
    String output = folder.resolve("published").toString();
    String report =
        run(
            RuntimeExecutionMode.STREAMING,
            2,
            "--benchmarks=mmlu;hellaswag;winogrande;piqa;arc-easy;arc-challenge;boolq;gsm8k;triviaqa",
            "--benchmarks.data=" + BENCHMARKS,
            "--benchmarks.shots=1",
            "--benchmarks.samples=2",
            "--output=" + output);
    assertThat(report)
        .contains("questions  15; without an answer: 8 invalid_request\n")
        .containsPattern("mmlu +acc +3 ")
        .containsPattern("  high_school_tea +acc +2 ")
        .containsPattern("winogrande +acc +2 ")
        .containsPattern("triviaqa +exact_match +2 ")
        .contains("next to the announcement of Mistral 7B");
    assertThat(lines(Path.of(output + "-dead-letters")))
        .anyMatch(line -> line.contains("hellaswag_val.jsonl, document 3: "))
        .anyMatch(line -> line.contains("gsm8k") || line.contains("test.jsonl, document 2: "));
  }

  @Test
  void topicsAreAskedUpToWhereTheyEnd() throws Exception {
    try (LocalBroker broker = LocalBroker.start(folder.resolve("broker"))) {
      broker.createTopics(List.of("questions", "results", "results-dead-letters"), 2, Map.of());
      try (KafkaProducer<String, String> producer =
          new KafkaProducer<>(
              Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
              new StringSerializer(),
              new StringSerializer())) {
        questions().forEach(line -> producer.send(new ProducerRecord<>("questions", line)));
        producer.flush();
      }
      String report =
          run(
              RuntimeExecutionMode.STREAMING,
              2,
              "--input=kafka:questions",
              "--output=kafka:results",
              "--report=" + folder.resolve("of-topic"),
              "--kafka.bootstrap-servers=" + broker.bootstrapServers());
      assertThat(report).contains("questions  5; without an answer: 2 invalid_request\n");
      List<String> results = new ArrayList<>();
      try (CommittedRecords records =
          new CommittedRecords(broker.bootstrapServers(), "results", "results-dead-letters")) {
        while (!records.isAtEnd()) {
          records
              .poll(Duration.ofMillis(100))
              .forEach(record -> results.add(new String(record.value(), StandardCharsets.UTF_8)));
        }
      }
      assertThat(results).hasSize(7).contains("no JSON");
    }
  }

  @Test
  void optionsThatDoNotGoTogetherAreRefused() {
    refuses("option input is missing", "--output=o");
    refuses("exclude each other", "--output=o", "--input=i", "--benchmarks=piqa");
    refuses("option benchmarks.data is missing", "--output=o", "--benchmarks=piqa");
    refuses("option report is missing: a topic has no folder", "--output=kafka:o", "--input=i");
    refuses("option output is missing", "--input=i");
    refuses("it must be names separated by semicolons", "--benchmarks=pika", "--output=o");
    refuses("did you mean --benchmarks?", "--benchmark=piqa");
  }

  private static void refuses(String message, String... arguments) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                EvaluationJob.run(
                    new StreamExecutionEnvironment(new Configuration()), with(arguments)))
        .withMessageContaining(message);
  }

  @Test
  void theTableOfOptionsIsInTheDocument() throws Exception {
    assertThat(Files.readString(Path.of("EVALUATION.md")))
        .contains(OptionTable.markdown(List.of(EvaluationJobOptions.CHECKED)).strip());
    assertThat(OptionTable.help(List.of(EvaluationJobOptions.CHECKED)).lines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
  }

  private static String run(RuntimeExecutionMode mode, int parallelism, String... arguments)
      throws Exception {
    StreamExecutionEnvironment env = flink.environment();
    env.configure(new Configuration().set(ExecutionOptions.RUNTIME_MODE, mode));
    env.configure(new Configuration().set(DeploymentOptions.ATTACHED, true));
    env.setParallelism(parallelism);
    return EvaluationJob.run(env, with(arguments));
  }

  private static String[] with(String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--model.path=" + TinyModel.PATH,
                "--engine.threads=2",
                "--checkpoint.interval=500 ms"));
    all.addAll(Arrays.asList(arguments));
    return all.toArray(String[]::new);
  }

  private static Stream<String> lines(Path output) throws IOException {
    if (!Files.exists(output)) {
      return Stream.of();
    }
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.walk(output)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    return lines.stream();
  }
}
