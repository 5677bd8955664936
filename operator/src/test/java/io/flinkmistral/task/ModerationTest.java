package io.flinkmistral.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.Verdict;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TaskLimits;
import io.flinkmistral.task.runner.BoundTask;
import io.flinkmistral.task.runner.TaskRunner;
import io.flinkmistral.task.work.TaskResult;
import io.flinkmistral.tools.F32Model;
import io.flinkmistral.weights.LoadListener;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Verdicts, and the scores that they are made of, held against a numpy implementation's. */
@Timeout(120)
class ModerationTest {
  private static final Offset<Double> EXACT = Offset.offset(1e-4);
  private static final String SENTIMENT =
      """
      {"acceptable": "positive", "categories": {"negative": ""},
       "instruction": "", "prompt": "Classify the sentiment: {{text}}"}\
      """;

  @TempDir private static Path folder;

  private static JsonNode goldens;
  private static LanguageModel model;
  private static TaskRunner tasks;

  @BeforeAll
  static void load() throws Exception {
    try (InputStream in = ModerationTest.class.getResourceAsStream("/task/moderation.json")) {
      goldens = JsonMapper.shared().readTree(in);
    }
    model =
        LanguageModel.load(
            ModelSettings.of(F32Model.tinyMistral(folder).toString())
                .withKvType(KvType.F32)
                .withThreads(1),
            LoadListener.NONE);
    tasks = new TaskRunner(model, TinyTasks.SETTINGS);
  }

  @AfterAll
  static void close() {
    tasks.close();
    model.close();
  }

  private static Verdict verdict(ModerationTask task, String text) {
    TaskResult.Moderation result =
        (TaskResult.Moderation)
            tasks
                .bind(task.rubric().template(), task, TaskLimits.DEFAULT)
                .run(Map.of("text", text))
                .join();
    assertThat(result.provenance().completionTokens()).as("tokens that were drawn").isZero();
    return result.verdict();
  }

  private static ModerationTask of(String rubric) {
    return ModerationTask.of(RubricReader.read(rubric), ModerationTask.THRESHOLD);
  }

  @Test
  void scoresAreThoseOfAnIndependentImplementation() {
    for (JsonNode golden : goldens) {
      String name = golden.required("rubric").asString();
      Rubric rubric = RubricReader.read(name.equals("sentiment") ? SENTIMENT : name);
      assertThat(rubric.instruction())
          .as("goldens are of what the model is told")
          .isEqualTo(golden.required("instruction").asString());
      Verdict verdict = verdict(ModerationTask.of(rubric, 0.5), golden.required("text").asString());
      Map<String, Double> expected = new LinkedHashMap<>();
      golden
          .required("scores")
          .properties()
          .forEach(score -> expected.put(score.getKey(), score.getValue().doubleValue()));
      assertThat(verdict.scores().keySet()).containsExactlyElementsOf(expected.keySet());
      expected.forEach(
          (category, score) ->
              assertThat(verdict.scores().get(category)).as(category).isCloseTo(score, EXACT));
    }
  }

  /** What the small model was trained for is a rubric of classes, whose labels are known. */
  @ParameterizedTest
  @CsvSource({
    "I love this lamp.,false",
    "I am delighted by this phone.,false",
    "I really enjoyed this movie.,false",
    "I hate this lamp.,true",
    "I want a refund for this phone.,true",
    "I was disappointed by this movie.,true"
  })
  void aModelThatKnowsTheRubricFlagsWhatIsToBeFlagged(String text, boolean flagged) {
    Verdict verdict = verdict(of(SENTIMENT), text);
    assertThat(verdict.flagged()).isEqualTo(flagged);
    assertThat(verdict.categories()).containsExactly(Map.entry("negative", flagged));
  }

  @Test
  void aCategorysScoreDoesNotDependOnWhichOthersAreAskedFor() {
    String text = "I hate this lamp.";
    Verdict all = verdict(of("mistral"), text);
    Verdict two =
        verdict(ModerationTask.of(Rubric.MISTRAL, 0.5, List.of(" pii : 0 ", "sexual: 1.0")), text);
    assertThat(two.scores().keySet()).containsExactly("sexual", "pii");
    two.scores().forEach((name, score) -> assertThat(all.scores()).containsEntry(name, score));
    assertThat(two.categories()).containsEntry("pii", true).containsEntry("sexual", false);
    assertThat(two.flagged()).isTrue();
    assertThat(two.flaggedCategories()).containsExactly("pii");
  }

  @Test
  void thresholdsAreOfEachCategory() {
    ModerationTask task =
        ModerationTask.of(Rubric.MISTRAL, 0.5, List.of("law: 0.9", "health", "sexual: 0.1"));
    Verdict verdict = task.verdict(Map.of("sexual", 0.1, "health", 0.49, "law", 0.89));
    assertThat(verdict.flaggedCategories()).containsExactly("sexual");
    assertThat(task.verdict(Map.of("sexual", 0.09, "health", 0.49, "law", 0.89)).flagged())
        .isFalse();
    assertThat(task.verdict(Map.of("sexual", 0.0, "health", 0.5, "law", 0.9)).flaggedCategories())
        .containsExactly("health", "law");
  }

  /** The text may be in none of them with certainty, and still not be acceptable. */
  @Test
  void classesAreFlaggedTogether() {
    ModerationTask paper = of("paper");
    Map<String, Double> unsure =
        Map.of("acceptable", 0.4, "illegal", 0.2, "hateful", 0.3, "unqualified_advice", 0.1);
    assertThat(paper.verdict(unsure).flagged()).isTrue();
    assertThat(paper.verdict(unsure).flaggedCategories()).containsExactly("hateful");
    Map<String, Double> fine =
        Map.of("acceptable", 0.6, "illegal", 0.1, "hateful", 0.2, "unqualified_advice", 0.1);
    assertThat(paper.verdict(fine).flagged()).isFalse();
    assertThat(
            ModerationTask.of(Rubric.PAPER, 0.5, List.of("hateful: 0.15", "illegal"))
                .verdict(fine)
                .flaggedCategories())
        .containsExactly("hateful");
    Map<String, Double> likely =
        Map.of("acceptable", 0.35, "illegal", 0.6, "hateful", 0.05, "unqualified_advice", 0.0);
    ModerationTask strict =
        ModerationTask.of(Rubric.PAPER, 0.5, List.of("illegal: 0.9", "hateful"));
    assertThat(strict.verdict(likely).flagged()).as("0.9 was asked for").isFalse();
    assertThat(
            ModerationTask.of(Rubric.PAPER, 0.5, List.of("illegal: 0.9"))
                .verdict(likely)
                .flaggedCategories())
        .isEmpty();
  }

  @Test
  void aTextHasTheSameVerdictAgainAndLeavesNoMemory() throws Exception {
    ModerationTask task = of(SENTIMENT);
    try (LanguageModel tiny =
            LanguageModel.load(
                ModelSettings.of(TinyMistral.file().toString()).withThreads(1), LoadListener.NONE);
        TaskRunner runner = new TaskRunner(tiny, TinyTasks.SETTINGS)) {
      BoundTask bound = runner.bind(task.rubric().template(), task, TaskLimits.DEFAULT);
      TaskResult result = bound.run(Map.of("text", "I hate this lamp.")).join();
      assertThat(bound.run(Map.of("text", "I hate this lamp.")).join()).isEqualTo(result);
      assertThat(tiny.heldBytes()).isZero();
    }
  }

  @Test
  void aRubricsPromptStandsOverTheOnlyColumn() {
    Rubric own =
        RubricReader.read(
            "{\"categories\": {\"a\": \"\"}, \"prompt\": \"{{'{{'}} Is it? {{ text }}!\"}");
    assertThat(own.template(List.of("review")).text()).isEqualTo("{{'{{'}} Is it? {{review}}!");
    assertThat(Rubric.PAPER.template(List.of("a", "b")).columns()).containsExactly("a", "b");
    assertThatThrownBy(() -> own.template(List.of("a", "b")))
        .hasMessageContaining("that of one text, but there are 2 columns");
  }

  @Test
  void aCategorysNameMayHaveAColon() {
    Rubric rubric = RubricReader.read("{\"categories\": {\"a: b\": \"\", \"c\": \"\"}}");
    assertThat(ModerationTask.of(rubric, 0.5, List.of("a: b", "c: 0.7")).thresholds())
        .containsOnly(Map.entry("a: b", 0.5), Map.entry("c", 0.7));
    assertThat(ModerationTask.of(rubric, 0.5, List.of("a: b: 0.9")).thresholds())
        .containsOnly(Map.entry("a: b", 0.9));
  }

  @Test
  void whatIsNoRubricIsRefused() {
    refused("{\"categories\": {}}", "at least one category");
    refused("{\"categories\": [\"a\"]}", "must have categories, an object");
    refused("{\"categories\": {\"a\": 1}}", "must have texts in categories, but has 1");
    refused("{\"categories\": {\" a\": \"\"}}", "without spaces around it");
    refused("{\"acceptable\": \"a\", \"categories\": {\"a\": \"\"}}", "\"a\" is there twice");
    refused("{\"categories\": {\"a\": \"\"}, \"promt\": \"\"}", "did you mean prompt?");
    refused("{\"categories\": {\"a\": \"\"}, \"prompt\": \"{{x}}\"}", "must have {{text}}");
    refused("{\"categories\": {\"a\": \"\"}, \"prompt\": \"x\"}", "must have {{text}}");
    refused("{", "is no JSON");
    refused("llama", "must be mistral, paper, or a rubric as JSON, but is llama");
    assertThatThrownBy(() -> ModerationTask.of(Rubric.MISTRAL, 0.5, List.of("sexuel")))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("\"sexuel\" is no category of rubric mistral")
        .hasMessageEndingWith("did you mean sexual?");
    assertThatThrownBy(() -> ModerationTask.of(Rubric.MISTRAL, 0.5, List.of("pii", "pii: 1")))
        .hasMessage("the category \"pii\" is there twice");
    assertThatThrownBy(() -> ModerationTask.of(Rubric.MISTRAL, 0.5, List.of("pii: much")))
        .hasMessage("the threshold of \"pii\" must be a number from 0 to 1, but is \"much\"");
    assertThatThrownBy(() -> ModerationTask.of(Rubric.MISTRAL, 0.5, List.of("pii: 1.1")))
        .hasMessage("categories must be from 0 to 1, but is 1.1");
    assertThatThrownBy(() -> ModerationTask.of(Rubric.MISTRAL, Double.NaN))
        .hasMessage("threshold must be from 0 to 1, but is NaN");
    assertThatThrownBy(
            () ->
                tasks.bind(PromptTemplate.of("{{text}}").asText(), of("paper"), TaskLimits.DEFAULT))
        .hasMessageContaining("verdicts are answers to a user's message");
  }

  @Test
  void aTurnIsJudgedByWhatItsRequestSays() {
    Moderation all = Moderation.of(Moderation.Judged.BOTH, Moderation.Action.FLAG);
    assertThat(ModerationTask.of(all)).isEqualTo(ModerationTask.of(Rubric.MISTRAL, 0.5));
    assertThat(Moderation.RUBRIC).isEqualTo(RubricReader.defaultName());
    Moderation some =
        all.withRubric("paper")
            .withThreshold(0.7)
            .withCategories(List.of("hateful", "illegal"))
            .withThresholds(Map.of("hateful", 0.25));
    assertThat(ModerationTask.of(some))
        .isEqualTo(new ModerationTask(Rubric.PAPER, 0.7, Map.of("illegal", 0.7, "hateful", 0.25)));
    refused(all.withRubric("llama"), "moderation.rubric", "must be mistral, paper");
    refused(all.withCategories(List.of("sexuel")), "moderation.categories", "mean sexual?");
    refused(all.withThresholds(Map.of("sexuel", 0.1)), "moderation.categories", "mean sexual?");
    refused(
        some.withThresholds(Map.of("unqualified_advice", 0.1)),
        "moderation.thresholds",
        "is not among the categories");
    String many =
        IntStream.range(0, 65)
            .mapToObj("\"c%d\": \"\""::formatted)
            .collect(Collectors.joining(",", "{\"categories\": {", "}}"));
    refused(all.withRubric(many), "moderation.rubric", "has 65 categories, but at most 64");
  }

  private static void refused(Moderation moderation, String parameter, String message) {
    assertThatThrownBy(() -> ModerationTask.of(moderation))
        .isInstanceOfSatisfying(
            InvalidRequestException.class,
            e -> {
              assertThat(e.parameter()).isEqualTo(parameter);
              assertThat(e).hasMessageContaining(message);
            });
  }

  private static void refused(String rubric, String message) {
    assertThat(RubricReader.canRead(rubric)).isFalse();
    assertThatThrownBy(() -> RubricReader.read(rubric))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(message);
  }
}
