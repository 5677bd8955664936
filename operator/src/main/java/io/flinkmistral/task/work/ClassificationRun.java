package io.flinkmistral.task.work;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.ClassificationTask.Label;
import io.flinkmistral.task.prompt.FittedPrompt;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.PromptText;
import io.flinkmistral.task.prompt.Provenance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Scores of labels.
 *
 * @param answers tokens of what the model might answer, each with the end of its turn: of each
 *     label one, or two where any labels are wanted
 */
public record ClassificationRun(
    TaskModel model, PromptText prompts, ClassificationTask task, List<int[]> answers)
    implements AnswersRun {

  public static ClassificationRun of(
      TaskModel model, PromptTemplate template, ClassificationTask task) {
    LabelAnswers texts = new LabelAnswers(task);
    List<int[]> answers = texts.all().stream().map(model.model()::encodeWholeAnswer).toList();
    requireDifferent(texts.all(), answers);
    return new ClassificationRun(
        model, new PromptText(template, texts.instruction(), texts.examples()), task, answers);
  }

  private static void requireDifferent(List<String> texts, List<int[]> answers) {
    for (int i = 0; i < answers.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (Arrays.equals(answers.get(i), answers.get(j))) {
          throw new InvalidRequestException(
              "labels",
              "\"%s\" and \"%s\" are the same tokens to the model"
                  .formatted(Excerpt.of(texts.get(j)), Excerpt.of(texts.get(i))));
        }
      }
    }
  }

  @Override
  public Function<List<double[]>, TaskResult> result(FittedPrompt prompt) {
    return scores -> {
      double[] sums = LogProbabilities.sums(scores);
      Provenance provenance = prompt.provenance(model.fingerprint());
      return switch (task.choice()) {
        case ClassificationTask.One(double least) -> one(sums, least, provenance);
        case ClassificationTask.Any(double threshold) -> any(sums, threshold, provenance);
      };
    };
  }

  private TaskResult one(double[] scores, double least, Provenance provenance) {
    double[] probabilities = LogProbabilities.softmax(scores);
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    Optional<String> label =
        probabilities[best] >= least
            ? Optional.of(task.labels().get(best).name())
            : Optional.empty();
    return new TaskResult.Label(label, byLabel(probabilities), provenance);
  }

  private TaskResult any(double[] scores, double threshold, Provenance provenance) {
    double[] probabilities = new double[task.labels().size()];
    for (int i = 0; i < probabilities.length; i++) {
      probabilities[i] =
          LogProbabilities.softmax(new double[] {scores[2 * i], scores[2 * i + 1]})[0];
    }
    Map<String, Double> all = byLabel(probabilities);
    List<String> labels = new ArrayList<>(all.keySet());
    labels.removeIf(label -> all.get(label) < threshold);
    labels.sort(Comparator.comparing(all::get, Comparator.reverseOrder())); // Stable.
    return new TaskResult.Labels(List.copyOf(labels), all, provenance);
  }

  private Map<String, Double> byLabel(double[] probabilities) {
    Map<String, Double> all = new LinkedHashMap<>();
    List<Label> labels = task.labels();
    for (int i = 0; i < probabilities.length; i++) {
      all.put(labels.get(i).name(), probabilities[i]);
    }
    return Collections.unmodifiableMap(all);
  }
}
