package io.flinkmistral.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.generation.Embedding.Pooling;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TaskLimits;
import io.flinkmistral.task.runner.TaskRunner;
import io.flinkmistral.task.work.LogProbabilities;
import io.flinkmistral.task.work.TaskResult;
import io.flinkmistral.tools.F32Model;
import io.flinkmistral.weights.LoadListener;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Labels, continuations and vectors are those of the formulas, which {@code
 * src/tiny-mistral/make_tasks.py} computes by itself: weights, keys and values in F32.
 */
@Timeout(120)
class TaskGoldensTest {
  private static final Offset<Double> PER_TOKEN = Offset.offset(1e-4);
  private static final PromptTemplate USER = PromptTemplate.of("{{text}}");

  @TempDir private static Path folder;

  private static JsonNode goldens;
  private static LanguageModel model;
  private static TaskRunner tasks;

  @BeforeAll
  static void load() throws Exception {
    try (InputStream in = TaskGoldensTest.class.getResourceAsStream("/task/goldens.json")) {
      goldens = JsonMapper.shared().readTree(in);
    }
    Path file = F32Model.tinyMistral(folder);
    model =
        LanguageModel.load(
            ModelSettings.of(file.toString()).withKvType(KvType.F32).withThreads(1),
            LoadListener.NONE);
    tasks = new TaskRunner(model, TinyTasks.SETTINGS);
  }

  @AfterAll
  static void close() {
    tasks.close();
    model.close();
  }

  @Test
  void labelsAreAsProbableAsTheirTokensAndTheEndOfTurn() {
    for (JsonNode golden : goldens.required("classify")) {
      PromptTemplate template = USER.withSystemPrompt(golden.required("system").asString());
      Map<String, String> row = Map.of("text", golden.required("user").asString());
      List<String> labels = new ArrayList<>();
      double[] sums = new double[golden.required("answers").size()];
      for (JsonNode answer : golden.required("answers")) {
        String label = answer.required("text").asString();
        double[] scores = numbers(answer.required("scores"));
        assertThat(score(template, label, row)).as(label).containsExactly(scores, PER_TOKEN);
        sums[labels.size()] = LogProbabilities.sum(scores);
        labels.add(label);
      }
      TaskResult.Label result =
          (TaskResult.Label)
              run(
                  template,
                  ClassificationTask.of(labels.toArray(String[]::new)).withoutShownLabels(),
                  row);
      double[] expected = LogProbabilities.softmax(sums);
      for (int i = 0; i < sums.length; i++) {
        assertThat(result.probabilities().get(labels.get(i)))
            .as(labels.get(i))
            .isCloseTo(expected[i], PER_TOKEN);
      }
    }
  }

  /** The softmax of each label's two answers, which the goldens have beside other labels. */
  @Test
  void anyLabelIsAsProbableAsThatItAppliesAndNotThatItDoesNot() {
    JsonNode golden = goldens.required("classify").get(3);
    double[] sums = new double[3];
    for (int i = 0; i < 3; i++) {
      sums[i] = LogProbabilities.sum(numbers(golden.required("answers").get(i).required("scores")));
    }
    TaskResult.Labels result =
        (TaskResult.Labels)
            run(
                USER.withSystemPrompt(golden.required("system").asString()),
                ClassificationTask.of("question")
                    .withoutShownLabels()
                    .withChoice(new ClassificationTask.Any(0.5)),
                Map.of("text", golden.required("user").asString()));
    assertThat(result.probabilities().get("question"))
        .isCloseTo(1 / (1 + Math.exp(sums[2] - sums[1])), PER_TOKEN);
  }

  @Test
  void continuationsAreAsLikelyAsTheirTokens() {
    for (JsonNode golden : goldens.required("score")) {
      PromptTemplate template =
          golden.required("form").asString().equals("TEXT") ? USER.asText() : USER;
      Map<String, String> row =
          Map.of(
              "text", golden.required("prompt").asString(),
              "next", golden.required("continuation").asString());
      double[] scores = numbers(golden.required("scores"));
      assertThat(score(template, "{{next}}", row)).containsExactly(scores, PER_TOKEN);
    }
  }

  @Test
  void vectorsAreOfTheHiddenStatesAfterTheLastNorm() {
    for (JsonNode golden : goldens.required("embed")) {
      Pooling pooling = Pooling.valueOf(golden.required("pooling").asString());
      TaskResult.Vector result =
          (TaskResult.Vector)
              run(
                  USER,
                  new EmbeddingTask(pooling),
                  Map.of("text", golden.required("text").asString()));
      double[] expected = numbers(golden.required("vector"));
      assertThat(result.values()).hasSize(expected.length);
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) result.values()[i]).isCloseTo(expected[i], PER_TOKEN);
      }
    }
  }

  private static double[] score(PromptTemplate template, String text, Map<String, String> row) {
    TaskResult.Score result = (TaskResult.Score) run(template, new ScoringTask(text), row);
    double[] tokens = result.tokens().stream().mapToDouble(t -> t).toArray();
    assertThat(result.logLikelihood()).isEqualTo(LogProbabilities.sum(tokens));
    return tokens;
  }

  private static TaskResult run(PromptTemplate template, Task task, Map<String, String> row) {
    return tasks.bind(template, task, TaskLimits.DEFAULT).run(row).join();
  }

  private static double[] numbers(JsonNode array) {
    return array.valueStream().mapToDouble(JsonNode::doubleValue).toArray();
  }
}
