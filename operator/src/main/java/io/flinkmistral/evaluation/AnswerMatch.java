package io.flinkmistral.evaluation;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * How texts that a model has written are held against the right answers: what stands for the answer
 * is taken out of each, the most frequent one is elected (of equally frequent ones that which came
 * first), and it is right where it equals a right answer, both without what is ignored.
 *
 * @param extractions each makes a metric of its own; at least one
 * @param ignored patterns of what is taken out of both
 * @param ignoreCase whether upper and lower case are the same
 * @param ignorePunctuation whether ASCII's punctuation is taken out of both
 */
public record AnswerMatch(
    List<Extraction> extractions,
    List<String> ignored,
    boolean ignoreCase,
    boolean ignorePunctuation) {
  /** The metric where there is one extraction only. */
  public static final String EXACT_MATCH = "exact_match";

  /** What stands for an answer where a text has nothing of the form that was asked for. */
  static final String NONE = "[invalid]";

  private static final Pattern PUNCTUATION = Pattern.compile("\\p{Punct}");

  public AnswerMatch {
    extractions = List.copyOf(extractions);
    ignored = List.copyOf(ignored);
    ignored.forEach(AnswerMatch::compiled);
    if (extractions.isEmpty()) {
      throw new InvalidRequestException("patterns", "patterns must not be empty");
    }
  }

  /** The whole text without spaces around it. */
  public static AnswerMatch whole() {
    return new AnswerMatch(List.of(new Whole(EXACT_MATCH)), List.of(), false, false);
  }

  /** How an answer is taken out of a text. */
  public sealed interface Extraction {
    String metric();

    String from(String text);
  }

  /** All of it, without spaces around it. */
  public record Whole(String metric) implements Extraction {
    @Override
    public String from(String text) {
      return text.strip();
    }
  }

  /**
   * What a pattern finds: its first group that is not empty, or all of it where it has none.
   *
   * @param last whether the last place where it is found counts, and not the first
   */
  public record Found(String metric, String pattern, boolean last) implements Extraction {
    public Found {
      compiled(pattern);
    }

    @Override
    public String from(String text) {
      Matcher matcher = compiled(pattern).matcher(text);
      String found = NONE;
      while (matcher.find()) {
        found = answer(matcher);
        if (!last) {
          break;
        }
      }
      return found;
    }

    private static String answer(Matcher matcher) {
      if (matcher.groupCount() == 0) {
        return matcher.group().strip();
      }
      for (int i = 1; i <= matcher.groupCount(); i++) {
        String group = matcher.group(i);
        if (group != null && !group.isEmpty()) {
          return group.strip();
        }
      }
      return matcher.groupCount() == 1 ? "" : NONE;
    }
  }

  /** A pattern, whose lines end as everywhere in here with a line feed alone. */
  private static Pattern compiled(String text) {
    try {
      return Pattern.compile(text, Pattern.UNIX_LINES);
    } catch (PatternSyntaxException e) {
      throw new InvalidRequestException(
          "pattern", "\"%s\" is no pattern: %s".formatted(Excerpt.of(text), e.getDescription()));
    }
  }

  /** What a metric makes of some texts: the answer that is elected. */
  String elected(Extraction extraction, List<String> texts) {
    Map<String, Integer> votes = new LinkedHashMap<>();
    texts.forEach(text -> votes.merge(extraction.from(text), 1, Integer::sum));
    String elected = NONE;
    int most = 0;
    for (Map.Entry<String, Integer> answer : votes.entrySet()) {
      if (answer.getValue() > most) {
        elected = answer.getKey();
        most = answer.getValue();
      }
    }
    return elected;
  }

  /** Whether an answer equals one of those that are right. */
  boolean isRight(String answer, List<String> answers) {
    String plain = plain(answer);
    return answers.stream().anyMatch(right -> plain.equals(plain(right)));
  }

  private String plain(String answer) {
    String plain = answer;
    for (String pattern : ignored) {
      plain = compiled(pattern).matcher(plain).replaceAll("");
    }
    if (ignoreCase) {
      plain = plain.toLowerCase(Locale.ROOT);
    }
    return ignorePunctuation ? PUNCTUATION.matcher(plain).replaceAll("") : plain;
  }
}
