package io.flinkmistral.constraint.schema.text;

import java.util.OptionalInt;

/** Names, addresses and references. */
final class NetworkPatterns {
  private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  static final String IPV4 = BYTE + "(\\." + BYTE + "){3}";

  /** RFC 6901, without what could be taken for a fragment of a reference. */
  static final String JSON_POINTER = "(/([^~/#]|~[01])*)*";

  /** Of a label or a part of a mail address: half of it, since labels can have a hyphen. */
  private static final int PART = 20;

  /** Below these lengths, a bound is counted character by character. */
  private static final int SHORT = 64;

  private static final int SHORT_URI = 250;

  /** There are two ways to write one, so that each is shorter. */
  private static final int LONG_REFERENCE = 1_000;

  /** Of a path, a query and a fragment together. */
  private static final int URI_CHARACTERS = 450;

  private static final String PERCENT = "%[0-9A-Fa-f]{2}";
  private static final String PATH_CHARACTER = "([A-Za-z0-9._~!$&'()*+,;=:@-]|" + PERCENT + ")";
  private static final String REST_CHARACTER = "([A-Za-z0-9._~!$&'()*+,;=:@/?-]|" + PERCENT + ")";

  private NetworkPatterns() {}

  /** Letters and digits with at most one hyphen, up to {@code 2 * part + 1} of them (RFC 1123). */
  private static String label(int part) {
    return "[A-Za-z0-9]{1,%1$d}(-[A-Za-z0-9]{1,%1$d})?".formatted(part);
  }

  /** Up to four labels. The last begins with a letter, so that no host is a number. */
  static String hostname(OptionalInt most) {
    int length = most.orElse(Integer.MAX_VALUE);
    int part = length < SHORT ? PART : Math.min(PART, (length - 6) / 7);
    return "(" + label(part) + "\\.){0,3}[A-Za-z][A-Za-z0-9]{0," + (part - 1) + "}";
  }

  /** RFC 5321 without what must be quoted; up to 160, 100 or 64 characters. */
  static String email(OptionalInt most) {
    int length = most.orElse(Integer.MAX_VALUE);
    if (length >= 160) {
      return email(PART, 2, PART, 2);
    }
    return length >= 100 ? email(16, 1, 12, 2) : email(14, 1, 9, 1);
  }

  private static String email(int part, int moreParts, int labelPart, int labels) {
    String name = "[A-Za-z0-9_+-]{1,%d}".formatted(part);
    return "%s(\\.%s){0,%d}@(%s\\.){1,%d}%s"
        .formatted(name, name, moreParts, label(labelPart), labels, TopLevelDomains.pattern());
  }

  /** RFC 4291, 2.2, forms 1 and 2. */
  static String ipv6() {
    String part = "[0-9A-Fa-f]{1,4}";
    StringBuilder forms = new StringBuilder("(" + part + "(:" + part + "){7}");
    for (int before = 0; before <= 7; before++) {
      int after = 7 - before;
      String left = before == 0 ? "" : part + "(:" + part + "){" + (before - 1) + "}";
      String right = after == 0 ? "" : "(" + part + "(:" + part + "){0," + (after - 1) + "})?";
      forms.append('|').append(left).append("::").append(right);
    }
    return forms.append(")").toString();
  }

  /** RFC 3986 without user information, with names as hosts. */
  static String uri(OptionalInt most) {
    if (most.isEmpty() || most.getAsInt() <= SHORT_URI) {
      String label = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";
      String host = label + "(\\." + label + ")*";
      return "[A-Za-z][A-Za-z0-9+.-]*:"
          + ("(//" + host + "(:\\d{1,5})?(/" + PATH_CHARACTER + "*)*")
          + ("|" + PATH_CHARACTER + "+(/" + PATH_CHARACTER + "*)*)")
          + ("(\\?" + REST_CHARACTER + "*)?(#" + REST_CHARACTER + "*)?");
    }
    int third = uriThird(most.getAsInt());
    String path = "(/|" + PATH_CHARACTER + "){0," + third + "}";
    String rest = REST_CHARACTER + "{0," + third + "}";
    return "[A-Za-z][A-Za-z0-9+.-]{0,9}:"
        + ("(//" + hostname(OptionalInt.empty()) + "(:\\d{1,5})?(/" + path + ")?")
        + ("|" + PATH_CHARACTER + path + ")")
        + ("(\\?" + rest + ")?(#" + rest + ")?");
  }

  /** Each character can be written as three. */
  private static int uriThird(int most) {
    return Math.min(URI_CHARACTERS / 3, (most - 180) / 9);
  }

  /** A whole one, or a path from the root. */
  static String uriReference(OptionalInt most) {
    boolean isCounted = most.isPresent() && most.getAsInt() > SHORT_URI;
    OptionalInt bound =
        isCounted ? OptionalInt.of(Math.min(most.getAsInt(), LONG_REFERENCE)) : most;
    String times = isCounted ? "{0," + uriThird(bound.getAsInt()) + "}" : "*";
    String rest = REST_CHARACTER + times;
    return ("(" + uri(bound))
        + ("|(/(" + PATH_CHARACTER + "(/|" + PATH_CHARACTER + ")" + times + ")?)?")
        + ("(\\?" + rest + ")?(#" + rest + ")?)");
  }
}
