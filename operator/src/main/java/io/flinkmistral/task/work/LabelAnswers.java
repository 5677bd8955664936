package io.flinkmistral.task.work;

import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.ClassificationTask.Example;
import io.flinkmistral.task.ClassificationTask.Label;
import io.flinkmistral.task.prompt.PromptText;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** What a model that is asked for labels is told, and might answer. */
public final class LabelAnswers {
  private static final String YES = ": yes";
  private static final String NO = ": no";

  private final ClassificationTask task;

  public LabelAnswers(ClassificationTask task) {
    this.task = task;
  }

  /** Of each label its name; or, where any are wanted, that it applies, and that it does not. */
  List<String> all() {
    return switch (task.choice()) {
      case ClassificationTask.One _ -> task.labels().stream().map(Label::name).toList();
      case ClassificationTask.Any _ ->
          task.labels().stream()
              .mapMulti(
                  (Label label, Consumer<String> answers) -> {
                    answers.accept(label.name() + YES);
                    answers.accept(label.name() + NO);
                  })
              .toList();
    };
  }

  /** What the prompt says of the labels; empty where the template does. */
  public String instruction() {
    if (!task.shown()) {
      return "";
    }
    String labels =
        task.labels().stream()
            .map(
                label ->
                    label.description().isEmpty()
                        ? "- " + label.name()
                        : "- %s: %s".formatted(label.name(), label.description()))
            .collect(Collectors.joining("\n"));
    return switch (task.choice()) {
      case ClassificationTask.One _ ->
          "Classify what the user sends. Answer with the one label that fits best, and with nothing"
              + " beside it. The labels are:\n"
              + labels;
      case ClassificationTask.Any _ ->
          "Classify what the user sends. More than one label may fit, or none. Answer with one of"
              + " the labels, a colon, and yes if it fits or no if it does not. The labels are:\n"
              + labels;
    };
  }

  /** The examples as turns: of each one, or one for each label where any are wanted. */
  public List<PromptText.Turn> examples() {
    List<PromptText.Turn> turns = new ArrayList<>();
    for (Example example : task.examples()) {
      switch (task.choice()) {
        case ClassificationTask.One _ ->
            turns.add(new PromptText.Turn(example.columns(), example.labels().getFirst()));
        case ClassificationTask.Any _ ->
            task.labels()
                .forEach(
                    label ->
                        turns.add(
                            new PromptText.Turn(
                                example.columns(),
                                label.name()
                                    + (example.labels().contains(label.name()) ? YES : NO))));
      }
    }
    return turns;
  }
}
