package io.flinkmistral.task.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.generation.Embedding;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.ClassificationTask.Example;
import io.flinkmistral.task.ClassificationTask.Label;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.DecodingSettings;
import io.flinkmistral.task.EmbeddingTask;
import io.flinkmistral.task.ExtractionTask;
import io.flinkmistral.task.ScoringTask;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.TinyTasks;
import io.flinkmistral.task.field.FieldType;
import io.flinkmistral.task.prompt.ContextOverflow;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TaskLimits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Digests are in state: what is repeated by them has to be the same. */
@Timeout(60)
class TaskDigestTest {
  private static final PromptTemplate TEMPLATE = PromptTemplate.of("{{a}} {{b}}");
  private static final TaskLimits LIMITS = TaskLimits.DEFAULT;

  @Test
  void whatResultsDependOnIsInIt() throws Exception {
    ClassificationTask labels = ClassificationTask.of("x", "y");
    DecodingSettings greedy = DecodingSettings.GREEDY;
    Map<String, String> columns = new LinkedHashMap<>(Map.of("a", "1", "b", "2"));
    List<String> digests = new ArrayList<>();
    try (LanguageModel model = TinyTasks.model();
        TaskRunner tasks = new TaskRunner(model, TinyTasks.SETTINGS)) {
      for (Task task :
          List.of(
              new CompletionTask(),
              new CompletionTask(greedy.withSeed(1)),
              new CompletionTask(greedy.withTemperature(0.5)),
              new CompletionTask(greedy.withTopP(0.5)),
              new CompletionTask(greedy.withMaxTokens(7)),
              new CompletionTask(greedy.withStop(List.of("a", "b"))),
              new CompletionTask(greedy.withStop(List.of("a, b"))),
              labels,
              labels.withoutShownLabels(),
              labels.withChoice(new ClassificationTask.One(0.5)),
              labels.withChoice(new ClassificationTask.Any(0.5)),
              labels.withExamples(List.of(new Example(columns, List.of("x")))),
              labels.withExamples(List.of(new Example(columns, List.of("y")))),
              ClassificationTask.of("y", "x"),
              ClassificationTask.of(List.of(new Label("x", "one"), new Label("y", ""))),
              ExtractionTask.of(FieldType.Field.of("f", new FieldType.Text())),
              ExtractionTask.of(FieldType.Field.of("f", new FieldType.Bool())),
              ExtractionTask.of(new FieldType.Field("f", new FieldType.Text(), false, "")),
              new ScoringTask("x"),
              new ScoringTask("y"),
              new EmbeddingTask(Embedding.Pooling.MEAN),
              new EmbeddingTask(Embedding.Pooling.LAST))) {
        digests.add(tasks.bind(TEMPLATE, task, LIMITS).digest(Map.of("a", "", "b", "")));
      }
      for (PromptTemplate template :
          List.of(
              PromptTemplate.of("{{b}} {{a}}"),
              TEMPLATE.withSystemPrompt("Be brief."),
              TEMPLATE.asText())) {
        digests.add(
            tasks.bind(template, new CompletionTask(), LIMITS).digest(Map.of("a", "", "b", "")));
      }
      for (TaskLimits limits :
          List.of(LIMITS.withMaxContext(50), LIMITS.withOverflow(ContextOverflow.TRUNCATED_TAIL))) {
        digests.add(
            tasks.bind(TEMPLATE, new CompletionTask(), limits).digest(Map.of("a", "", "b", "")));
      }
      BoundTask completion = tasks.bind(TEMPLATE, new CompletionTask(), LIMITS);
      digests.add(completion.digest(Map.of("a", "1", "b", "")));
      digests.add(completion.digest(Map.of("a", "", "b", "1")));
      digests.add(completion.digest(Map.of("a", "1", "b", "1")));
      assertThat(digests).doesNotHaveDuplicates().allMatch(digest -> digest.length() == 64);
      assertThat(completion.digest(Map.of("a", "1", "b", "", "c", 7)))
          .as("columns that are not read")
          .isEqualTo(completion.digest(Map.of("b", "", "a", "1")));
      assertThatExceptionOfType(InvalidRequestException.class)
          .isThrownBy(() -> completion.digest(Map.of("a", "1")));
    }
  }

  /** State of earlier versions has such ones. */
  @Test
  void itNeverChanges() {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("a", "t\u00e9xt");
    texts.put("b", "");
    assertThat(TaskDigest.of("task", texts))
        .isEqualTo("4dd398d8a922901dd82096b87622db92d6090a7a43d1f4e41bad95fad6db7aec");
  }
}
