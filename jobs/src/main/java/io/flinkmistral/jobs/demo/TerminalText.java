package io.flinkmistral.jobs.demo;

/**
 * Text of models and requests as a terminal may have it: characters that would move its cursor,
 * change its colours or title, or turn the direction of what follows, are not passed on. All of
 * them are single {@code char}s, so that text may come in any pieces.
 */
final class TerminalText {
  private TerminalText() {}

  /** The text without them; line feeds and tabs stay. */
  static String plain(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n' || c == '\t' || !isActedUpon(c)) {
        plain.append(c);
      }
    }
    return plain.toString();
  }

  /** The same JSON, with them escaped: they can only stand inside its strings. */
  static String json(String json) {
    StringBuilder escaped = new StringBuilder(json.length());
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (isActedUpon(c) && c != '\n' && c != '\r' && c != '\t') {
        escaped.append("\\u%04x".formatted((int) c));
      } else {
        escaped.append(c);
      }
    }
    return escaped.toString();
  }

  private static boolean isActedUpon(char c) {
    return Character.isISOControl(c)
        || c == '\u2028'
        || c == '\u2029'
        || c == '\u061c'
        || c == '\u200e'
        || c == '\u200f'
        || c >= '\u202a' && c <= '\u202e'
        || c >= '\u2066' && c <= '\u2069';
  }
}
