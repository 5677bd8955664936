package io.flinkmistral.task;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.NearestNames;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.work.TaskResult;
import java.io.Serializable;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Which labels a record has, and how probable they are. Nothing is drawn: the labels are scored
 * after the prompt, which is taken in once.
 *
 * <p><b>One of them</b> ({@link TaskResult.Label}): a label's score is the logarithm of the
 * probability that the model answers it, and nothing more: the sum over its tokens and the end of
 * turn after them, whatever its length. Probabilities are the softmax of the scores over all
 * labels; the most probable one is taken, and of equal ones the first.
 *
 * <p><b>Any of them</b> ({@link TaskResult.Labels}): each label is a question of its own. The model
 * is scored for the answers "{@code label: yes}" and "{@code label: no}", end of turn included, and
 * the label's probability is the softmax over these two, which is that of "yes" where the model has
 * begun with the label. So no label's probability depends on the others', and they do not add up to
 * 1.
 *
 * @param labels in their order
 * @param examples records whose labels are known; they stand in the prompt as turns before it
 * @param choice one label or any
 * @param shown whether the prompt says which labels there are; if not, the template has to
 */
public record ClassificationTask(
    List<Label> labels, List<Example> examples, Choice choice, boolean shown) implements Task {
  private static final long serialVersionUID = 1L;

  private static final String LABELS = "labels";
  private static final String EXAMPLES = "examples";

  /**
   * A label.
   *
   * @param name what the model would answer
   * @param description what it means; empty where the name says it
   */
  public record Label(String name, String description) implements Serializable {
    private static final long serialVersionUID = 1L;

    public Label {
      if (name.isBlank() || !name.equals(name.strip())) {
        throw new InvalidRequestException(
            LABELS,
            "a label must be a text without spaces around it, but one is \"%s\""
                .formatted(Excerpt.of(name)));
      }
    }
  }

  /**
   * A record whose labels are known.
   *
   * @param columns texts of the template's columns
   * @param labels the right ones
   */
  public record Example(Map<String, String> columns, List<String> labels) implements Serializable {
    private static final long serialVersionUID = 1L;

    public Example {
      columns = Map.copyOf(columns);
      labels = List.copyOf(labels);
    }

    /** Of a template with one column, and one label. */
    public static Example of(String column, String text, String label) {
      return new Example(Map.of(column, text), List.of(label));
    }
  }

  /** How many labels a record has. */
  public sealed interface Choice extends Serializable {}

  /**
   * One.
   *
   * @param minProbability of the most probable label; if it has less, the record has none
   */
  public record One(double minProbability) implements Choice {
    private static final long serialVersionUID = 1L;

    public One {
      requireProbability("min_probability", minProbability);
    }
  }

  /**
   * Any, or none.
   *
   * @param threshold probability that a record's labels have at the least
   */
  public record Any(double threshold) implements Choice {
    private static final long serialVersionUID = 1L;

    public Any {
      requireProbability("threshold", threshold);
    }
  }

  /**
   * @throws InvalidRequestException where there are no labels, or some that are the same, or an
   *     example has others
   */
  public ClassificationTask {
    labels = List.copyOf(labels);
    examples = List.copyOf(examples);
    if (labels.isEmpty()) {
      throw new InvalidRequestException(LABELS, "there must be at least one label");
    }
    Set<String> names = new HashSet<>();
    for (Label label : labels) {
      if (!names.add(label.name())) {
        throw new InvalidRequestException(
            LABELS, "the label \"%s\" is there twice".formatted(Excerpt.of(label.name())));
      }
    }
    for (Example example : examples) {
      requireLabels(example, names, choice);
    }
  }

  private static void requireLabels(Example example, Set<String> names, Choice choice) {
    for (String label : example.labels()) {
      if (!names.contains(label)) {
        throw new InvalidRequestException(
            EXAMPLES,
            "an example has the label \"%s\", which is not among the labels%s"
                .formatted(Excerpt.of(label), NearestNames.question("", label, names)));
      }
    }
    if (choice instanceof One && example.labels().size() != 1) {
      throw new InvalidRequestException(
          EXAMPLES,
          "an example has %d labels, but each record has one".formatted(example.labels().size()));
    }
  }

  private static void requireProbability(String parameter, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw InvalidRequestException.outOfRange(parameter, value, "from 0 to 1");
    }
  }

  @Override
  public void requireFits(PromptTemplate template) {
    if (template.form() != PromptTemplate.Form.CHAT) {
      throw new InvalidRequestException(
          PromptTemplate.PARAMETER,
          "labels are answers to a user's message, but the prompt is a text that goes on");
    }
    for (Example example : examples) {
      if (!example.columns().keySet().equals(Set.copyOf(template.columns()))) {
        throw new InvalidRequestException(
            EXAMPLES,
            "an example has the columns %s, but the prompt has %s"
                .formatted(
                    Excerpt.ofMessage(new TreeSet<>(example.columns().keySet()).toString()),
                    template.columns()));
      }
    }
  }

  /** One of some labels. */
  public static ClassificationTask of(String... labels) {
    return of(Stream.of(labels).map(name -> new Label(name, "")).toList());
  }

  /** One of some labels. */
  public static ClassificationTask of(List<Label> labels) {
    return new ClassificationTask(labels, List.of(), new One(0), true);
  }

  public ClassificationTask withExamples(List<Example> known) {
    return new ClassificationTask(labels, known, choice, shown);
  }

  public ClassificationTask withChoice(Choice other) {
    return new ClassificationTask(labels, examples, other, shown);
  }

  /** The same with a template that says itself which labels there are. */
  public ClassificationTask withoutShownLabels() {
    return new ClassificationTask(labels, examples, choice, false);
  }
}
