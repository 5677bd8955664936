package io.flinkmistral.tokenizer.tekken;

import java.util.function.Predicate;

/**
 * Cuts a text into the words that are merged each on its own: what the regular expression of
 * Tekken's files ({@link #PATTERN}) matches, one match after the other.
 *
 * <p>It is followed by hand, since backtracking engines take long or give up on long runs, and
 * differ in their classes: {@code \s} is Unicode's White_Space, {@code \p{...}} are its general
 * categories. Its alternatives, in order, where U is upper, title, modifier and other letters and
 * marks, and L is lower, modifier and other letters and marks:
 *
 * <pre>
 *   [^\r\n\p{L}\p{N}]? U* L+     a word:  Hello, " world", "(see", "'s"
 *   [^\r\n\p{L}\p{N}]? U+ L*     a word without lower case: " NATO"
 *   \p{N}                        one digit
 *    ?[^\s\p{L}\p{N}]+[\r\n/]*   signs, and line ends after them
 *   \s*[\r\n]+                   white space up to its last line end
 *   \s+(?!\S)                    white space but for the last, which goes with what follows
 *   \s+                          white space that is left
 * </pre>
 *
 * <p>Each match looks at most twice at what it takes, and at no more than one character beyond the
 * run that it is in, so that a text takes time in proportion to its length. Immutable.
 */
public final class TekkenSplitter {
  /** The expression as Tekken's files spell it. */
  public static final String PATTERN =
      "[^\\r"
          + "\\n"
          + "\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r"
          + "\\n"
          + "\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}|"
          + " ?[^\\s\\p{L}\\p{N}]+[\\r"
          + "\\n"
          + "/]*|\\s*[\\r"
          + "\\n"
          + "]+|\\s+(?!\\S)|\\s+";

  private static final int NONE = -1;

  private final String text;

  TekkenSplitter(String text) {
    this.text = text;
  }

  /** Where the word ends that starts at {@code from}, which is before the text's end. */
  int end(int from) {
    int first = text.codePointAt(from);
    int second = from + Character.charCount(first);
    CharKind kind = CharKind.of(first);
    return switch (kind) {
      case UPPER -> {
        int word = wordEnd(from);
        yield word == NONE ? run(from, CharKind::isUpper) : word;
      }
      case LOWER, EITHER -> wordEnd(from);
      case MARK -> {
        int word = wordEnd(second);
        yield word == NONE ? wordEnd(from) : word;
      }
      case NUMBER -> second;
      case SIGN -> {
        int word = prefixedEnd(second);
        yield word == NONE ? signsEnd(from) : word;
      }
      case SPACE -> {
        int word = prefixedEnd(second);
        if (word == NONE && first == ' ' && signsEnd(second) > second) {
          word = signsEnd(second);
        }
        yield word == NONE ? spaceEnd(from) : word;
      }
      case LINE_END -> spaceEnd(from);
    };
  }

  /** Where a word of either kind ends that starts at {@code from}, after its prefix. */
  private int prefixedEnd(int from) {
    int word = wordEnd(from);
    if (word != NONE) {
      return word;
    }
    int capitals = run(from, CharKind::isUpper);
    return capitals > from ? capitals : NONE;
  }

  /**
   * Where {@code U* L+} ends. U* takes all it can; where no lower case follows, it gives back as
   * much as is needed for L+ to have the last character that is in both.
   */
  private int wordEnd(int from) {
    int lastOfBoth = NONE;
    int at = from;
    while (at < text.length()) {
      int codePoint = text.codePointAt(at);
      CharKind kind = CharKind.of(codePoint);
      if (!kind.isUpper()) {
        break;
      }
      at += Character.charCount(codePoint);
      if (kind.isLower()) {
        lastOfBoth = at;
      }
    }
    int end = run(at, CharKind::isLower);
    return end > at ? end : lastOfBoth;
  }

  private int signsEnd(int from) {
    int at = run(from, CharKind::isSign);
    if (at > from) {
      while (at < text.length() && "\r\n/".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }
    return at;
  }

  private int spaceEnd(int from) {
    int end = run(from, CharKind::isSpace);
    for (int at = end; at > from; at--) {
      if (CharKind.of(text.charAt(at - 1)) == CharKind.LINE_END) {
        return at;
      }
    }
    boolean alone = end - from == 1 || end == text.length();
    return alone ? end : end - 1; // White space is in the basic plane.
  }

  private int run(int from, Predicate<CharKind> kind) {
    int at = from;
    while (at < text.length()) {
      int codePoint = text.codePointAt(at);
      if (!kind.test(CharKind.of(codePoint))) {
        break;
      }
      at += Character.charCount(codePoint);
    }
    return at;
  }
}
