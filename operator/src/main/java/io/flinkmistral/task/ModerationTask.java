package io.flinkmistral.task;

import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.NearestNames;
import io.flinkmistral.protocol.Verdict;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.work.TaskResult;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether something is wrong with a text, and what ({@link TaskResult.Moderation}). Nothing is
 * drawn: the text is taken in once, behind a rubric that is the same for all texts, and what the
 * model might answer is scored on its pages.
 *
 * <p>Of a rubric of questions ({@link Rubric#MISTRAL}) each category's score is the softmax over
 * the log-probabilities of "{@code category: yes}" and "{@code category: no}", end of turn
 * included. A text falls into each category whose score has its threshold, and is flagged where it
 * falls into one.
 *
 * <p>Of a rubric of classes ({@link Rubric#PAPER}) the scores are one softmax over the
 * log-probabilities of all classes' names. A text falls into each category whose score has its
 * threshold; and where those of all categories together have the task's, into the most probable one
 * at the least.
 *
 * @param rubric what is judged
 * @param threshold of categories that have none of their own
 * @param thresholds of each category that is asked for, from 0 to 1, in the rubric's order
 */
public record ModerationTask(Rubric rubric, double threshold, Map<String, Double> thresholds)
    implements Task {
  private static final long serialVersionUID = 1L;

  private static final String CATEGORIES = "categories";

  /** What a score has to be at the least, where nobody says. */
  public static final double THRESHOLD = Moderation.THRESHOLD;

  /**
   * @throws InvalidRequestException where the rubric has no such category, or none is asked for
   */
  public ModerationTask {
    requireProbability("threshold", threshold);
    List<String> known = rubric.categoryNames();
    for (Map.Entry<String, Double> category : thresholds.entrySet()) {
      if (!known.contains(category.getKey())) {
        throw new InvalidRequestException(
            CATEGORIES,
            "\"%s\" is no category of rubric %s: they are %s%s"
                .formatted(
                    Excerpt.of(category.getKey()),
                    rubric.name(),
                    String.join(", ", known),
                    NearestNames.question("", category.getKey(), known)));
      }
      requireProbability(CATEGORIES, category.getValue());
    }
    if (thresholds.isEmpty()) {
      throw new InvalidRequestException(CATEGORIES, "there must be at least one category");
    }
    Map<String, Double> ordered = new LinkedHashMap<>();
    for (String name : known) {
      if (thresholds.containsKey(name)) {
        ordered.put(name, thresholds.get(name));
      }
    }
    thresholds = Collections.unmodifiableMap(ordered);
  }

  private static void requireProbability(String parameter, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw InvalidRequestException.outOfRange(parameter, value, "from 0 to 1");
    }
  }

  /** All categories, with one threshold. */
  public static ModerationTask of(Rubric rubric, double threshold) {
    return of(rubric, threshold, List.of());
  }

  /**
   * Some categories.
   *
   * @param categories each a name, or a name, a colon and its threshold; none for all
   */
  public static ModerationTask of(Rubric rubric, double threshold, List<String> categories) {
    Map<String, Double> thresholds = new HashMap<>();
    for (String category : categories) {
      // A name may have a colon in it.
      int colon =
          rubric.categoryNames().contains(category.strip()) ? -1 : category.lastIndexOf(':');
      String name = (colon < 0 ? category : category.substring(0, colon)).strip();
      double own = colon < 0 ? threshold : number(name, category.substring(colon + 1).strip());
      if (thresholds.put(name, own) != null) {
        throw new InvalidRequestException(
            CATEGORIES, "the category \"%s\" is there twice".formatted(Excerpt.of(name)));
      }
    }
    if (categories.isEmpty()) {
      rubric.categoryNames().forEach(name -> thresholds.put(name, threshold));
    }
    return new ModerationTask(rubric, threshold, thresholds);
  }

  /**
   * What judges the texts of a turn.
   *
   * @throws InvalidRequestException where there is no such rubric, or it has no such category; its
   *     parameter is the request's field
   */
  public static ModerationTask of(Moderation moderation) {
    try {
      Rubric rubric = RubricReader.read(moderation.rubric());
      requireFew(rubric);
      Map<String, Double> thresholds = new HashMap<>(moderation.thresholds());
      List<String> asked =
          moderation.categories().isEmpty() ? rubric.categoryNames() : moderation.categories();
      asked.forEach(name -> thresholds.putIfAbsent(name, moderation.threshold()));
      for (String name : thresholds.keySet()) {
        if (rubric.categoryNames().contains(name) && !asked.contains(name)) {
          throw new InvalidRequestException(
              "thresholds",
              "\"%s\" has a threshold, and is not among the categories that are asked for"
                  .formatted(Excerpt.of(name)));
        }
      }
      return new ModerationTask(rubric, moderation.threshold(), thresholds);
    } catch (InvalidRequestException e) {
      throw new InvalidRequestException(
          Moderation.PARAMETER + "." + e.parameter(), e.code(), e.getMessage());
    }
  }

  /**
   * The same, asked for these categories.
   *
   * @param categories each a name, or a name, a colon and its threshold
   * @throws InvalidRequestException where there is no such rubric, or it has no such category
   */
  public static Moderation listed(Moderation moderation, List<String> categories) {
    Map<String, Double> thresholds =
        of(RubricReader.read(moderation.rubric()), moderation.threshold(), categories).thresholds;
    return moderation.withCategories(List.copyOf(thresholds.keySet())).withThresholds(thresholds);
  }

  private static void requireFew(Rubric rubric) {
    int size = rubric.names().size();
    if (size > Moderation.MOST_CATEGORIES) {
      throw new InvalidRequestException(
          Rubric.PARAMETER,
          ErrorCode.REQUEST_TOO_LARGE,
          "a rubric has %d categories, but at most %d are allowed"
              .formatted(size, Moderation.MOST_CATEGORIES));
    }
  }

  private static double number(String name, String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new InvalidRequestException(
          CATEGORIES,
          "the threshold of \"%s\" must be a number from 0 to 1, but is \"%s\""
              .formatted(Excerpt.of(name), Excerpt.of(text)));
    }
  }

  @Override
  public void requireFits(PromptTemplate template) {
    if (template.form() != PromptTemplate.Form.CHAT) {
      throw new InvalidRequestException(
          PromptTemplate.PARAMETER,
          "verdicts are answers to a user's message, but the prompt is a text that goes on");
    }
  }

  /**
   * What scores say.
   *
   * @param scores of all that the rubric judges
   */
  public Verdict verdict(Map<String, Double> scores) {
    Map<String, Boolean> categories = new LinkedHashMap<>();
    thresholds.forEach((name, least) -> categories.put(name, scores.get(name) >= least));
    boolean flagged = categories.containsValue(true);
    if (rubric.isOneOf() && !flagged) {
      double together = 0;
      String most = "";
      for (String name : categories.keySet()) {
        if (thresholds.get(name) <= threshold) { // A greater one of its own must be reached alone.
          together += scores.get(name);
          most = most.isEmpty() || scores.get(name) > scores.get(most) ? name : most;
        }
      }
      if (!most.isEmpty()) {
        flagged = together >= threshold;
        categories.put(most, flagged);
      }
    }
    return new Verdict(flagged, categories, scores);
  }
}
