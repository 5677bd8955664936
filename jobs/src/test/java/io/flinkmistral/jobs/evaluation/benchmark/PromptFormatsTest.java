package io.flinkmistral.jobs.evaluation.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.evaluation.Question;
import io.flinkmistral.jobs.json.QuestionReader;
import io.flinkmistral.protocol.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Prompts are those that lm-evaluation-harness renders of the same documents, to the character:
 * {@code render.py} beside them has recorded them.
 */
class PromptFormatsTest {
  private static final Path DATA = Path.of("src/test/resources/benchmarks");

  /** What the harness made of a benchmark with a number of examples. */
  record Rendering(String benchmark, int shots, List<JsonNode> requests) {
    @Override
    public String toString() {
      return "%s with %d examples".formatted(benchmark, shots);
    }
  }

  static Stream<Rendering> renderings() throws IOException {
    return Files.readAllLines(DATA.resolve("prompts.jsonl")).stream()
        .map(JsonMapper.shared()::readTree)
        .map(
            line ->
                new Rendering(
                    line.required("benchmark").asString(),
                    line.required("shots").asInt(),
                    List.copyOf(line.required("requests").values())));
  }

  @ParameterizedTest
  @MethodSource("renderings")
  void promptsAreThoseOfTheHarness(Rendering rendering) throws IOException {
    List<Question> questions = new ArrayList<>();
    read(
        DATA,
        Benchmark.of(rendering.benchmark()),
        rendering.shots(),
        line -> {
          try {
            questions.add(QuestionReader.read(line));
          } catch (InvalidRequestException e) {
            // One of the broken documents, which the harness was not given.
          }
        });
    assertThat(questions).hasSize(rendering.requests().size());
    for (int i = 0; i < questions.size(); i++) {
      JsonNode request = rendering.requests().get(i);
      switch (questions.get(i)) {
        case Question.Choice choice -> {
          assertThat(choice.options())
              .extracting(Question.Option::context)
              .isEqualTo(texts(request, "contexts"));
          assertThat(choice.options())
              .extracting(Question.Option::continuation)
              .isEqualTo(texts(request, "continuations"));
          assertThat(choice.options())
              .extracting(option -> option.choice().codePointCount(0, option.choice().length()))
              .isEqualTo(
                  request.required("lengths").values().stream().map(JsonNode::asInt).toList());
          assertThat(choice.answer()).isEqualTo(request.required("answer").asInt());
        }
        case Question.Generation generation -> {
          assertThat(List.of(generation.prompt())).isEqualTo(texts(request, "contexts"));
          assertThat(generation.writing().until()).isEqualTo(texts(request, "until"));
          assertThat(generation.answers()).isEqualTo(texts(request, "answers"));
        }
        case Question.Text text -> throw new AssertionError(text);
        case Question.Turn turn -> throw new AssertionError(turn);
      }
    }
  }

  @Test
  void everyBenchmarkIsRendered() throws IOException {
    assertThat(renderings().map(Rendering::benchmark).distinct())
        .containsExactlyInAnyOrderElementsOf(Benchmark.words());
  }

  @Test
  void whatIsNoQuestionIsNamedByFileAndPlace() throws IOException {
    List<String> messages = new ArrayList<>();
    for (Benchmark benchmark : Benchmark.values()) {
      read(
          DATA,
          benchmark,
          0,
          line -> {
            try {
              QuestionReader.read(line);
            } catch (InvalidRequestException e) {
              messages.add(e.getMessage());
            }
          });
    }
    assertThat(messages)
        .zipSatisfy(
            List.of(
                "high_school_tea_test.csv, document 3: the row has 4 values",
                "hellaswag_val.jsonl, document 3: endings is missing",
                "dev.jsonl, document 3: sentence has no gap",
                "valid.jsonl, document 3: the record is no JSON",
                "ARC-Easy-Test.jsonl, document 2: answerKey must be one of [A, B], but is E",
                "dev.jsonl, document 2: answer must be true or false, but is \"no\"",
                "test.jsonl, document 2: answer is missing",
                "web-dev.json, document 2: it must be an object"),
            (message, beginning) -> assertThat(message).startsWith(beginning));
  }

  @Test
  void missingFilesAreNamed(@TempDir Path empty) throws IOException {
    Files.createDirectories(empty.resolve("mmlu/test"));
    Files.createDirectories(empty.resolve("piqa"));
    Files.writeString(empty.resolve("piqa/valid.jsonl"), "");
    for (Benchmark benchmark : Benchmark.values()) {
      assertThatThrownBy(() -> read(empty, benchmark, 2, _ -> {}))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(empty.resolve(benchmark.word()).toString());
    }
    assertThatThrownBy(() -> read(DATA, Benchmark.GSM8K, 3, _ -> {}))
        .hasMessageContaining("has 2 documents, but 3 are to be examples");
  }

  private static List<String> texts(JsonNode node, String field) {
    return node.required(field).values().stream().map(JsonNode::asString).toList();
  }

  private static void read(Path data, Benchmark benchmark, int shots, BenchmarkFiles.Lines lines)
      throws IOException {
    new BenchmarkFiles(
            data, new BenchmarkFiles.Asking(OptionalInt.of(shots), OptionalInt.of(1), 0, 0))
        .read(benchmark, lines);
  }
}
