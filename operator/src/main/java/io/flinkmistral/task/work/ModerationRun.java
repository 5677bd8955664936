package io.flinkmistral.task.work;

import io.flinkmistral.protocol.Verdict;
import io.flinkmistral.task.ModerationTask;
import io.flinkmistral.task.Rubric;
import io.flinkmistral.task.prompt.FittedPrompt;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.PromptText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Scores of a rubric's answers.
 *
 * @param names what is scored: all of a rubric that is one question, else what the task asks for
 * @param answers tokens of what the model might answer, each with the end of its turn: of each name
 *     one, or two where each is a question
 */
public record ModerationRun(
    TaskModel model,
    PromptText prompts,
    ModerationTask task,
    List<String> names,
    List<int[]> answers)
    implements AnswersRun {

  public static ModerationRun of(TaskModel model, PromptTemplate template, ModerationTask task) {
    Rubric rubric = task.rubric();
    List<String> names =
        rubric.isOneOf() ? rubric.names() : List.copyOf(task.thresholds().keySet());
    List<int[]> answers = new ArrayList<>();
    for (String name : names) {
      for (String answer : rubric.answers(name)) {
        answers.add(model.model().encodeWholeAnswer(answer));
      }
    }
    PromptText prompts = new PromptText(template, rubric.instruction(), List.of());
    return new ModerationRun(model, prompts, task, names, List.copyOf(answers));
  }

  @Override
  public Function<List<double[]>, TaskResult> result(FittedPrompt prompt) {
    return scores ->
        new TaskResult.Moderation(verdict(scores), prompt.provenance(model.fingerprint()));
  }

  /** What scores of the answers say. */
  public Verdict verdict(List<double[]> scores) {
    return task.verdict(byName(LogProbabilities.sums(scores)));
  }

  private Map<String, Double> byName(double[] sums) {
    Map<String, Double> scores = new LinkedHashMap<>();
    if (task.rubric().isOneOf()) {
      double[] all = LogProbabilities.softmax(sums);
      for (int i = 0; i < all.length; i++) {
        scores.put(names.get(i), all[i]);
      }
    } else {
      for (int i = 0; i < names.size(); i++) {
        double[] yesAndNo = {sums[2 * i], sums[2 * i + 1]};
        scores.put(names.get(i), LogProbabilities.softmax(yesAndNo)[0]);
      }
    }
    return scores;
  }
}
