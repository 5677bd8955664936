package io.flinkmistral.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.task.ClassificationTask.Any;
import io.flinkmistral.task.ClassificationTask.Choice;
import io.flinkmistral.task.ClassificationTask.One;
import io.flinkmistral.task.prompt.FittedPrompt;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TaskLimits;
import io.flinkmistral.task.work.ClassificationRun;
import io.flinkmistral.task.work.TaskModel;
import io.flinkmistral.task.work.TaskResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which labels are taken, by scores that are the test's. */
@Timeout(60)
class LabelChoiceTest {
  private static final PromptTemplate TEXT = PromptTemplate.of("{{text}}");

  private static LanguageModel model;

  @BeforeAll
  static void load() throws Exception {
    model = TinyTasks.model();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void ofEquallyProbableLabelsTheFirstIsTaken() {
    assertThat(one(0, -2, -1, -1).label()).contains("b");
    assertThat(one(0, -1, -1, -1).label()).contains("a");
    assertThat(any(0.5, -1, -2, -3, -4, -2, -3).labels())
        .as("all are to their opposites as 1 to e")
        .containsExactly("a", "b", "c");
  }

  @Test
  void theMostProbableOfAnyComesFirst() {
    assertThat(any(0.5, -3, -2, -9, -11, -1, -2).labels()).containsExactly("b", "c");
  }

  @Test
  void aLabelWithExactlyTheLeastProbabilityIsTaken() {
    assertThat(one(0.5, -1, -1, -1000).label()).contains("a");
    assertThat(one(Math.nextUp(0.5), -1, -1, -1000).label()).isEmpty();
    assertThat(any(0.5, -1, -1, -5, -1, -5, -1).labels()).containsExactly("a");
    assertThat(any(Math.nextUp(0.5), -1, -1, -5, -1, -5, -1).labels()).isEmpty();
  }

  /** No length is taken into account, and sums that no exponential can hold are none of zero. */
  @Test
  void probabilitiesAreTheSoftmaxOfSums() {
    assertThat(one(0, -2000, -2001, -4000).probabilities().get("a"))
        .isCloseTo(1 / (1 + Math.exp(-1)), Offset.offset(1e-12));
    TaskResult.Label tokens =
        (TaskResult.Label)
            result(
                new One(0),
                List.of(new double[] {-1, -1}, new double[] {-0.5, -1, -0.5}, new double[] {-2}));
    assertThat(tokens.probabilities().values()).containsOnly(1.0 / 3);
  }

  private static TaskResult.Label one(double least, double... scores) {
    return (TaskResult.Label) result(new One(least), each(scores));
  }

  private static TaskResult.Labels any(double threshold, double... scores) {
    return (TaskResult.Labels) result(new Any(threshold), each(scores));
  }

  private static List<double[]> each(double... scores) {
    List<double[]> all = new ArrayList<>();
    for (double score : scores) {
      all.add(new double[] {score});
    }
    return all;
  }

  private static TaskResult result(Choice choice, List<double[]> scores) {
    TaskModel bound = new TaskModel(model, null, TinyTasks.SETTINGS, TaskLimits.DEFAULT);
    ClassificationRun run =
        ClassificationRun.of(bound, TEXT, ClassificationTask.of("a", "b", "c").withChoice(choice));
    FittedPrompt prompt =
        new FittedPrompt(Map.of(), new Prompt.Text("x"), "hash", new int[] {1}, false);
    return run.result(prompt).apply(scores);
  }
}
