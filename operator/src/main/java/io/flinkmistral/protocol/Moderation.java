package io.flinkmistral.protocol;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What of a turn is judged, by which rubric, and what becomes of a text with which something is
 * wrong. The model that answers judges.
 *
 * @param judged which of its texts
 * @param action what becomes of one that is flagged
 * @param rubric the name of one that there is, or one's own as JSON
 * @param threshold what the score of a category has to be at the least, where it has none of its
 *     own
 * @param thresholds of categories, by their names
 * @param categories that are asked for; none for all that the rubric has
 */
public record Moderation(
    Judged judged,
    Action action,
    String rubric,
    double threshold,
    Map<String, Double> thresholds,
    List<String> categories)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The request's field that it is. */
  public static final String PARAMETER = "moderation";

  /** The rubric where nobody says. */
  public static final String RUBRIC = "mistral";

  /** The threshold where nobody says. */
  public static final double THRESHOLD = 0.5;

  /** The most categories that are judged: each costs tokens. */
  public static final int MOST_CATEGORIES = 64;

  /** The most characters of a rubric of one's own. */
  public static final int MOST_RUBRIC = 1 << 16;

  /** Which texts of a turn. */
  public enum Judged {
    /** What the user has said in it. */
    PROMPT("prompt"),

    /** What is answered. */
    ANSWER("answer"),

    BOTH("both");

    private final String wireName;

    Judged(String wireName) {
      this.wireName = wireName;
    }

    /** The name in requests, options and state. */
    public String wireName() {
      return wireName;
    }

    public static List<String> wireNames() {
      return Arrays.stream(values()).map(Judged::wireName).toList();
    }

    public static Optional<Judged> ofWireName(String name) {
      return Arrays.stream(values()).filter(one -> one.wireName.equals(name)).findFirst();
    }
  }

  /** What becomes of a text that is flagged. */
  public enum Action {
    /** The answer says so, and comes out. */
    FLAG("flag"),

    /**
     * It does not come out, nor does any of it before it is judged: the answer ends with {@link
     * FinishReason#CONTENT_FILTER}. Where the prompt is flagged, nothing is answered. The turn is
     * none of the conversation's.
     */
    BLOCK("block");

    private final String wireName;

    Action(String wireName) {
      this.wireName = wireName;
    }

    /** The name in requests, options and state. */
    public String wireName() {
      return wireName;
    }

    public static List<String> wireNames() {
      return Arrays.stream(values()).map(Action::wireName).toList();
    }

    public static Optional<Action> ofWireName(String name) {
      return Arrays.stream(values()).filter(one -> one.wireName.equals(name)).findFirst();
    }
  }

  /**
   * @throws InvalidRequestException where there can be no such moderation, whatever the rubric says
   */
  public Moderation {
    thresholds = Collections.unmodifiableMap(new LinkedHashMap<>(thresholds));
    categories = List.copyOf(categories);
    requireProbability("threshold", threshold);
    thresholds.forEach((name, least) -> requireProbability("thresholds", least));
    requireAtMost("categories", categories.size(), MOST_CATEGORIES);
    requireAtMost("thresholds", thresholds.size(), MOST_CATEGORIES);
    requireAtMost("rubric", rubric.length(), MOST_RUBRIC);
    if (new HashSet<>(categories).size() < categories.size()) {
      throw new InvalidRequestException(
          parameter("categories"), parameter("categories") + " must not name one twice");
    }
  }

  private static void requireProbability(String field, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw InvalidRequestException.outOfRange(parameter(field), value, "from 0 to 1");
    }
  }

  private static void requireAtMost(String field, int size, int most) {
    if (size > most) {
      throw new InvalidRequestException(
          parameter(field),
          ErrorCode.REQUEST_TOO_LARGE,
          "%s has a size of %d, but at most %d is allowed".formatted(parameter(field), size, most));
    }
  }

  private static String parameter(String field) {
    return PARAMETER + "." + field;
  }

  /** All categories of the default rubric, with the default threshold. */
  public static Moderation of(Judged judged, Action action) {
    return new Moderation(judged, action, RUBRIC, THRESHOLD, Map.of(), List.of());
  }

  public Moderation withRubric(String nameOrJson) {
    return new Moderation(judged, action, nameOrJson, threshold, thresholds, categories);
  }

  public Moderation withThreshold(double least) {
    return new Moderation(judged, action, rubric, least, thresholds, categories);
  }

  public Moderation withThresholds(Map<String, Double> ofCategories) {
    return new Moderation(judged, action, rubric, threshold, ofCategories, categories);
  }

  public Moderation withCategories(List<String> names) {
    return new Moderation(judged, action, rubric, threshold, thresholds, names);
  }

  /** Whether the prompt is judged. */
  public boolean judgesPrompt() {
    return judged != Judged.ANSWER;
  }

  /** Whether answers are judged. */
  public boolean judgesAnswer() {
    return judged != Judged.PROMPT;
  }

  /** Whether a prompt that is flagged is not answered. */
  public boolean blocksPrompt() {
    return action == Action.BLOCK && judgesPrompt();
  }

  /** Whether an answer comes out only when it is judged. */
  public boolean blocksAnswer() {
    return action == Action.BLOCK && judgesAnswer();
  }
}
