package io.flinkmistral.jobs.json;

/** A value inside an error message: long ones are cut, control characters are shown as dots. */
final class Excerpt {
  private static final int LIMIT = 60;

  private Excerpt() {}

  static String of(String value) {
    int end =
        value.length() <= LIMIT
            ? value.length()
            : Character.isHighSurrogate(value.charAt(LIMIT - 1)) ? LIMIT - 1 : LIMIT;
    String shown = value.substring(0, end).replaceAll("\\p{Cntrl}", ".");
    return end == value.length() ? shown : shown + "…";
  }
}
