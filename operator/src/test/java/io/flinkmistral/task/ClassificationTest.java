package io.flinkmistral.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.ClassificationTask.Any;
import io.flinkmistral.task.ClassificationTask.Example;
import io.flinkmistral.task.ClassificationTask.One;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TaskLimits;
import io.flinkmistral.task.runner.BoundTask;
import io.flinkmistral.task.runner.TaskRunner;
import io.flinkmistral.task.work.TaskResult;
import io.flinkmistral.weights.LoadListener;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Labels of records, by the small model, which has learnt to label. */
@Timeout(120)
class ClassificationTest {
  private static final PromptTemplate SENTIMENT =
      PromptTemplate.of("Classify the sentiment: {{text}}");
  private static final ClassificationTask LABELS =
      ClassificationTask.of("positive", "negative").withoutShownLabels();

  private static LanguageModel model;
  private static TaskRunner tasks;

  @BeforeAll
  static void load() throws Exception {
    model =
        LanguageModel.load(
            ModelSettings.of(TinyMistral.file().toString()).withThreads(1), LoadListener.NONE);
    tasks =
        new TaskRunner(model, new StatelessSettings(new BatchLimits(8, 64), 64L << 20, 60, 1000));
  }

  @AfterAll
  static void close() {
    tasks.close();
    model.close();
  }

  @Test
  void theModelsLabelIsTheMostProbable() {
    BoundTask task = tasks.bind(SENTIMENT, LABELS, TaskLimits.DEFAULT);
    TaskResult.Label good = label(task, "I love this lamp.");
    assertThat(good.label()).contains("positive");
    assertThat(label(task, "I hate this lamp.").label()).contains("negative");
    assertThat(good.probabilities().keySet()).containsExactly("positive", "negative");
    assertThat(good.probabilities().values().stream().mapToDouble(p -> p).sum())
        .isBetween(1 - 1e-12, 1 + 1e-12);
    assertThat(good.provenance().completionTokens()).as("nothing is drawn").isZero();
  }

  @Test
  void aLabelThatBeginsAsAnotherIsALabelOfItsOwn() {
    ClassificationTask nested =
        ClassificationTask.of("positive", "positive thing", "neg").withoutShownLabels();
    TaskResult.Label result =
        label(tasks.bind(SENTIMENT, nested, TaskLimits.DEFAULT), "I love this lamp.");
    assertThat(result.label()).contains("positive");
    assertThat(result.probability()).isGreaterThan(0.9);
  }

  @Test
  void aLabelThatIsNotProbableEnoughIsNone() {
    ClassificationTask sure = LABELS.withChoice(new One(1));
    TaskResult.Label result =
        label(tasks.bind(SENTIMENT, sure, TaskLimits.DEFAULT), "Is this a lamp?");
    assertThat(result.probability()).isLessThan(1);
    assertThat(result.label()).isEmpty();
  }

  @Test
  void anyLabelsAreIndependentOfEachOther() {
    ClassificationTask two =
        ClassificationTask.of("positive", "negative").withoutShownLabels().withChoice(new Any(0));
    ClassificationTask three =
        ClassificationTask.of("negative", "weather", "positive")
            .withoutShownLabels()
            .withChoice(new Any(1));
    Map<String, ?> row = Map.of("text", "I love this lamp.");
    TaskResult.Labels ofTwo = labels(two, row);
    TaskResult.Labels ofThree = labels(three, row);
    assertThat(ofThree.probabilities()).containsAllEntriesOf(ofTwo.probabilities());
    assertThat(ofTwo.labels()).hasSize(2);
    assertThat(ofThree.labels()).isEmpty();
  }

  @Test
  void aRecordHasTheSameLabelsAloneAndAmongOthers() {
    BoundTask task =
        tasks.bind(
            SENTIMENT,
            ClassificationTask.of("positive", "negative")
                .withExamples(List.of(Example.of("text", "I like it.", "positive"))),
            TaskLimits.DEFAULT);
    List<Map<String, String>> rows =
        IntStream.range(0, 12).mapToObj(i -> Map.of("text", "This lamp, " + i)).toList();
    List<CompletableFuture<TaskResult>> together = rows.stream().map(task::run).toList();
    List<TaskResult> first = together.stream().map(CompletableFuture::join).toList();
    List<TaskResult> alone = rows.stream().map(row -> task.run(row).join()).toList();
    assertThat(alone).isEqualTo(first);
  }

  @Test
  void labelsTakeOnePassOverThePromptAndOneForEachBranch() {
    BoundTask task =
        tasks.bind(
            SENTIMENT,
            ClassificationTask.of("positive", "negative", "positive thing", "positive things")
                .withoutShownLabels(),
            TaskLimits.DEFAULT);
    TaskResult.Label first = label(task, "I like this lamp.");
    assertThat(first.provenance().promptTokens()).as("one pass takes in").isLessThan(64);
    long passes = model.engine().passes();
    label(task, "I like that lamp.");
    // positive; negative; thing; and its plural: some of them together, and each once.
    assertThat(model.engine().passes() - passes).isBetween(4L, 5L);
  }

  @Test
  void labelsThatCannotBeToldApartAreRefused() {
    assertThatThrownBy(() -> ClassificationTask.of("a", "b", "a"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("\"a\" is there twice");
    assertThatThrownBy(() -> ClassificationTask.of())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("at least one label");
    assertThatThrownBy(() -> ClassificationTask.of("a", " a"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("without spaces around it");
    assertThatThrownBy(() -> LABELS.withExamples(List.of(Example.of("text", "x", "positiv"))))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("did you mean positive?");
    assertThatThrownBy(() -> tasks.bind(SENTIMENT.asText(), LABELS, TaskLimits.DEFAULT))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("answers to a user's message");
  }

  private static TaskResult.Label label(BoundTask task, String text) {
    return (TaskResult.Label) task.run(Map.of("text", text)).join();
  }

  private static TaskResult.Labels labels(ClassificationTask labels, Map<String, ?> row) {
    return (TaskResult.Labels) tasks.bind(SENTIMENT, labels, TaskLimits.DEFAULT).run(row).join();
  }
}
