package io.flinkmistral.jobs.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.HeldInput;
import io.flinkmistral.jobs.RestartedFlink;
import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.jobs.options.JobArguments;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole cluster goes in the middle of an evaluation, and another one goes on from the last
 * checkpoint, with more slots: each question is counted once, and the report is that of a run that
 * nothing has disturbed.
 */
@Timeout(300)
class KilledEvaluationTest {
  private static final int QUESTIONS = 600;
  private static final int FILES = 6;
  private static final int ONE_BY_ONE = 1;
  private static final int TOGETHER = 16;

  @TempDir private Path folder;

  @Test
  void theReportIsThatOfAnUndisturbedRun() throws Exception {
    Path input = writeFiles();
    Path killed = folder.resolve("killed");
    Path first = Files.createDirectory(folder.resolve("first"));
    try (HeldInput _ = HeldInput.behind(FILES / 2);
        LocalFlink flink = start(first)) {
      LocalFlink.Submitted job = submit(flink, input, killed, 1, ONE_BY_ONE, Optional.empty());
      CommonTestUtils.waitUtil(
          () -> !lines(killed).isEmpty() || job.result().isDone(),
          Duration.ofSeconds(120),
          Duration.ofMillis(5),
          "results that are committed");
      assertThat(job.result()).isNotDone();
    }
    assertThat(lines(killed)).hasSizeBetween(1, QUESTIONS / 2);
    assertThat(Path.of(killed + "-report")).doesNotExist();
    try (LocalFlink flink = start(Files.createDirectory(folder.resolve("second")))) {
      RestartedFlink.awaitEnd(
          submit(
              flink,
              input,
              killed,
              4,
              TOGETHER,
              Optional.of(RestartedFlink.lastCheckpoint(first))));
    }
    Path undisturbed = folder.resolve("undisturbed");
    try (LocalFlink flink = start(Files.createDirectory(folder.resolve("third")))) {
      RestartedFlink.awaitEnd(submit(flink, input, undisturbed, 2, TOGETHER, Optional.empty()));
    }
    assertThat(lines(killed)).isEqualTo(lines(undisturbed)).hasSize(QUESTIONS - QUESTIONS / 100);
    for (String file : List.of("report.txt", "report.svg", "report.json")) {
      assertThat(Path.of(killed + "-report").resolve(file))
          .hasSameTextualContentAs(Path.of(undisturbed + "-report").resolve(file));
    }
    assertThat(Files.readString(Path.of(killed + "-report", "report.txt")))
        .contains("questions  594; without an answer: 6 invalid_request\n");
  }

  private static LocalFlink start(Path folder) throws Exception {
    return RestartedFlink.start(folder, 4, HeldInput.flink());
  }

  private static LocalFlink.Submitted submit(
      LocalFlink flink,
      Path input,
      Path output,
      int parallelism,
      int together,
      Optional<String> checkpoint)
      throws Exception {
    StreamExecutionEnvironment env = flink.environment();
    checkpoint.ifPresent(
        path -> env.configure(new Configuration().set(StateRecoveryOptions.SAVEPOINT_PATH, path)));
    env.setParallelism(parallelism);
    EvaluationPipeline.add(
        env,
        JobArguments.parse(
            EvaluationJobOptions.CHECKED,
            Map.of(),
            "--model.path=" + TinyModel.PATH,
            "--engine.threads=2",
            "--batch.conversations=" + together,
            "--checkpoint.interval=200 ms",
            "--queue.requests=50",
            "--input=" + HeldInput.files(input),
            "--output=" + output));
    return flink.submit(env, "evaluation");
  }

  private Path writeFiles() throws IOException {
    Path input = Files.createDirectory(folder.resolve("in"));
    List<String> questions = questions();
    int each = QUESTIONS / FILES;
    for (int i = 0; i < FILES; i++) {
      Files.write(input.resolve(i + ".jsonl"), questions.subList(i * each, (i + 1) * each));
    }
    return input;
  }

  /** One in a hundred is bad, and each third one is written. */
  private static List<String> questions() {
    return IntStream.range(0, QUESTIONS)
        .mapToObj(
            i -> {
              if (i % 100 == 99) {
                return "bad " + i;
              }
              return i % 3 == 0
                  ? "{\"id\":\"%d\",\"group\":\"stories/%d\",\"context\":\"[INST] Tell me a story about owl %d. [/INST]\",\"answer\":\"o\",\"pattern\":\"o\",\"max_tokens\":48,\"n\":3,\"temperature\":1}"
                      .formatted(i, i % 2, i)
                  : "{\"id\":\"%d\",\"group\":\"labels\",\"context\":\"[INST] Classify the sentiment: I %s sofa %d. [/INST]\",\"choices\":[\"positive\",\"negative\"],\"answer\":%d}"
                      .formatted(i, i % 2 == 0 ? "love" : "hate", i, i % 2);
            })
        .toList();
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
      return lines.stream().sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
