package io.flinkmistral.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.PrefixSharing;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.evaluation.statistics.McNemar;
import io.flinkmistral.evaluation.statistics.NextTokens;
import io.flinkmistral.evaluation.statistics.Tally;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.template.SystemPosition;
import io.flinkmistral.template.UnknownTools;
import io.flinkmistral.tools.F32Model;
import io.flinkmistral.weights.LoadListener;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
 * Scores and their statistics are those of the formulas, which {@code
 * src/tiny-mistral/make_evaluation.py} computes by itself: weights, keys and values in F32.
 */
@Timeout(120)
class QuestionGoldensTest {
  private static final Offset<Double> CLOSE = Offset.offset(1e-4);
  private static final StatelessSettings SETTINGS =
      new StatelessSettings(
          new BatchLimits(8, 64),
          64L << 20,
          60,
          1000,
          new PrefixSharing(16L << 20, PrefixSharing.Scope.ALL, ""));

  @TempDir private static Path folder;

  private static JsonNode goldens;
  private static LanguageModel model;
  private static QuestionRunner runner;

  @BeforeAll
  static void load() throws Exception {
    try (InputStream in =
        QuestionGoldensTest.class.getResourceAsStream("/evaluation/goldens.json")) {
      goldens = JsonMapper.shared().readTree(in);
    }
    // A window of a text, the token before it, and room for one behind.
    int context = goldens.required("window").asInt() + 2;
    model =
        LanguageModel.load(
            new ModelSettings(
                F32Model.tinyMistral(folder).toString(),
                "",
                "auto",
                SystemPosition.LAST,
                UnknownTools.REFUSE,
                ModelSettings.Window.AUTO,
                KvType.F32,
                16,
                context,
                1,
                "auto"),
            LoadListener.NONE);
    runner = new QuestionRunner(model, SETTINGS, 0);
  }

  @AfterAll
  static void close() {
    runner.close();
    model.close();
  }

  @Test
  void choicesScoreAsByTheFormulas() {
    Map<String, Map<String, List<Tally>>> groups = new LinkedHashMap<>();
    Map<String, Map<String, Tally>> parts = new LinkedHashMap<>();
    for (JsonNode golden : goldens.required("questions")) {
      String group = golden.required("group").asString();
      Question question =
          Question.Choice.of(
              "1",
              group,
              golden.required("context").asString(),
              golden.required("choices").values().stream().map(JsonNode::asString).toList(),
              golden.required("answer").asInt());
      Outcome.Chosen outcome = (Outcome.Chosen) runner.ask(question).join();
      assertThat(outcome.logLikelihoods()).hasSize(golden.required("log_likelihoods").size());
      for (int i = 0; i < outcome.logLikelihoods().size(); i++) {
        assertThat(outcome.logLikelihoods().get(i))
            .as("%s, choice %d", golden.required("context"), i)
            .isCloseTo(golden.required("log_likelihoods").get(i).asDouble(), CLOSE);
      }
      for (String metric : List.of("acc", "acc_norm")) {
        double value = outcome.metrics().get(metric);
        assertThat(value).isEqualTo(golden.required(metric).asDouble());
        parts
            .computeIfAbsent(group, _ -> new LinkedHashMap<>())
            .merge(metric, Tally.NONE.plus(value), Tally::plus);
      }
    }
    parts.forEach(
        (group, metrics) ->
            metrics.forEach(
                (metric, tally) ->
                    groups
                        .computeIfAbsent(group.split("/")[0], _ -> new LinkedHashMap<>())
                        .computeIfAbsent(metric, _ -> new ArrayList<>())
                        .add(tally)));
    groups.forEach(
        (group, metrics) ->
            metrics.forEach(
                (metric, tallies) -> {
                  JsonNode golden = goldens.required("groups").required(group);
                  Tally all = tallies.stream().reduce(Tally.NONE, Tally::plus);
                  assertThat(all.mean()).isCloseTo(golden.required(metric).asDouble(), CLOSE);
                  assertThat(
                          tallies.size() == 1
                              ? all.standardError()
                              : Tally.pooledStandardError(tallies))
                      .as("%s %s", group, metric)
                      .isCloseTo(golden.required(metric + "_stderr").asDouble(), CLOSE);
                }));
    assertThat(groups).hasSize(goldens.required("groups").size());
  }

  /** The same question alone, and beside others that begin alike. */
  @Test
  void outcomesAreTheSameInAnyCompany() {
    List<Question> questions = new ArrayList<>();
    for (JsonNode golden : goldens.required("questions")) {
      questions.add(
          Question.Choice.of(
              "1",
              "g",
              golden.required("context").asString(),
              golden.required("choices").values().stream().map(JsonNode::asString).toList(),
              0));
    }
    List<Outcome> alone = questions.stream().map(question -> runner.ask(question).join()).toList();
    var asked = questions.stream().map(runner::ask).toList();
    assertThat(asked.stream().map(future -> future.join()).toList()).isEqualTo(alone);
  }

  @Test
  void textsScoreAsByTheFormulas() {
    for (JsonNode golden : goldens.required("texts")) {
      String text = golden.required("text").asString();
      Outcome.Likelihood outcome =
          (Outcome.Likelihood) runner.ask(new Question.Text("1", "prose", text)).join();
      assertThat(outcome.tokens()).isEqualTo(golden.required("tokens").asInt());
      assertThat(outcome.logLikelihood() / outcome.tokens())
          .as(text)
          .isCloseTo(golden.required("log_likelihood").asDouble() / outcome.tokens(), CLOSE);
    }
  }

  @Test
  void aQuestionThatDoesNotFitSaysSo() {
    Question question = Question.Choice.of("1", "g", "a dog ".repeat(100), List.of("a", "b"), 0);
    assertThatThrownBy(() -> runner.ask(question).join())
        .cause()
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("the context holds");
    assertThatThrownBy(
            () ->
                runner
                    .ask(new Question.Choice("1", "g", List.of(option(""), option("b")), 0))
                    .join())
        .cause()
        .hasMessageContaining("the continuation \"\" has no token of its own");
  }

  private static Question.Option option(String continuation) {
    return new Question.Option("A dog", continuation, "x");
  }

  @Test
  void samplesAreCountedAndTheSameAgain() {
    Question question =
        new Question.Generation(
            "1",
            "g",
            "[INST] Classify the sentiment: I love this lamp. [/INST]",
            List.of("Positive!"),
            new AnswerMatch(List.of(new AnswerMatch.Whole("exact_match")), List.of(), true, true),
            new Question.Writing(List.of("\n"), 5, 0.7, 8));
    Outcome.Written outcome = (Outcome.Written) runner.ask(question).join();
    assertThat(outcome.texts()).hasSize(5);
    assertThat(outcome.metrics()).containsExactly(Map.entry("exact_match", 1.0));
    assertThat(runner.ask(question).join()).isEqualTo(outcome);
  }

  @Test
  void changesAreAsProbableAsByTheBinomialTail() {
    for (JsonNode golden : goldens.required("mcnemar")) {
      assertThat(new McNemar(golden.get(0).asLong(), golden.get(1).asLong()).probability())
          .isCloseTo(golden.get(2).asDouble(), Offset.offset(1e-9));
    }
  }

  @Test
  void divergencesAreThoseOfTheFormulas() {
    JsonNode golden = goldens.required("next_tokens");
    int places = golden.required("places").asInt();
    int size = golden.required("size").asInt();
    NextTokens next = new NextTokens();
    for (int i = 0; i < places; i++) {
      float[] first = new float[size];
      float[] second = new float[size];
      for (int j = 0; j < size; j++) {
        first[j] = (float) (3 * Math.sin(i * 7.0 + j * 1.5));
        second[j] = (float) (first[j] + Math.cos(i * 2.0 + j * 3.0) / 2);
      }
      next.add(first, second, i * 5 % size);
    }
    NextTokens.Figures figures = next.figures();
    assertThat(figures.places()).isEqualTo(places);
    estimate(figures.first(), golden.required("first"));
    estimate(figures.second(), golden.required("second"));
    estimate(figures.logRatio(), golden.required("logRatio"));
    estimate(figures.divergence(), golden.required("divergence"));
    estimate(figures.probabilityDifference(), golden.required("probability"));
    assertThat(figures.medianDivergence()).isCloseTo(golden.required("median").asDouble(), CLOSE);
    assertThat(figures.highDivergence()).isCloseTo(golden.required("high").asDouble(), CLOSE);
    assertThat(figures.mostDivergence()).isCloseTo(golden.required("most").asDouble(), CLOSE);
    assertThat(figures.rootMeanSquare())
        .isCloseTo(golden.required("rootMeanSquare").asDouble(), CLOSE);
    assertThat(figures.sameTop().value()).isCloseTo(golden.required("sameTop").asDouble(), CLOSE);
  }

  private static void estimate(NextTokens.Estimate estimate, JsonNode golden) {
    assertThat(estimate.value()).isCloseTo(golden.get(0).asDouble(), CLOSE);
    assertThat(estimate.error()).isCloseTo(golden.get(1).asDouble(), CLOSE);
  }
}
