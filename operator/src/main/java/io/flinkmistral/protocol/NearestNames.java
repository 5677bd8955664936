package io.flinkmistral.protocol;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Which names somebody may have meant. Names are words, joined by dots, hyphens and the like; who
 * errs leaves words out, joins them otherwise, or misspells one. So names are near that have the
 * same words, whatever is between them; letters alone would put {@code max-tokens} beside {@code
 * job.name}.
 */
public final class NearestNames {
  /** Of 1. What is further away is not suggested. */
  private static final double NEAR = 0.6;

  private static final double SAME_WORD = 0.7;
  private static final int MOST = 4;
  private static final int MOST_CHARACTERS = 100;

  private NearestNames() {}

  /**
   * "; did you mean ...?", or nothing where no name is near.
   *
   * @param prefix that names are shown with
   */
  public static String question(String prefix, String wrong, Collection<String> names) {
    List<String> nearest = of(wrong, names).stream().map(name -> prefix + name).toList();
    if (nearest.isEmpty()) {
      return "";
    }
    int last = nearest.size() - 1;
    String listed =
        last == 0
            ? nearest.getFirst()
            : String.join(", ", nearest.subList(0, last)) + " or " + nearest.get(last);
    return "; did you mean %s?".formatted(listed);
  }

  /** Those that are nearest, all as near as each other; none where none is near. */
  static List<String> of(String wrong, Collection<String> names) {
    Map<String, Double> scores =
        names.stream().collect(Collectors.toMap(Function.identity(), n -> score(wrong, n)));
    double best = scores.values().stream().mapToDouble(s -> s).max().orElse(0);
    List<String> nearest =
        names.stream().filter(n -> scores.get(n) > best - 1e-9).sorted().toList();
    return best < NEAR || nearest.size() > MOST ? List.of() : nearest;
  }

  /** From 0 to 1, which is the same words in the same order. */
  private static double score(String wrong, String name) {
    List<String> given = words(wrong.substring(0, Math.min(wrong.length(), MOST_CHARACTERS)));
    List<String> right = words(name);
    double found = given.stream().mapToDouble(word -> bestOf(word, right)).sum();
    double inWords = 2 * found / (given.size() + right.size());
    double inLetters = likeness(String.join("", given), String.join("", right));
    // All that was given is right, and only something is left out.
    double asPart = given.isEmpty() ? 0 : 0.9 * found / given.size();
    return Math.max(Math.max(inWords, inLetters), asPart) + inWords / 100;
  }

  private static double bestOf(String word, List<String> others) {
    double best = others.stream().mapToDouble(other -> likeness(word, other)).max().orElse(0);
    return best < SAME_WORD ? 0 : best;
  }

  private static double likeness(String a, String b) {
    int longest = Math.max(a.length(), b.length());
    return longest == 0 ? 0 : 1 - (double) distance(a, b) / longest;
  }

  private static List<String> words(String name) {
    return Arrays.stream(name.split("[^\\p{Alnum}]+|(?<=\\p{Lower})(?=\\p{Upper})"))
        .filter(word -> !word.isEmpty())
        .map(word -> word.toLowerCase(Locale.ROOT))
        .toList();
  }

  /**
   * Characters to insert, remove, replace, or swap with the next one (optimal string alignment;
   * Damerau, 1964).
   */
  static int distance(String a, String b) {
    int[][] rows = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        rows[i][j] = i == 0 || j == 0 ? i + j : step(rows, i, j, a, b);
      }
    }
    return rows[a.length()][b.length()];
  }

  private static int step(int[][] rows, int i, int j, String a, String b) {
    boolean same = a.charAt(i - 1) == b.charAt(j - 1);
    int least = rows[i - 1][j - 1] + (same ? 0 : 1);
    least = Math.min(least, 1 + Math.min(rows[i - 1][j], rows[i][j - 1]));
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(least, 1 + rows[i - 2][j - 2]) : least;
  }
}
