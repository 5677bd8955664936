package io.flinkmistral.protocol;

/** Halves of surrogate pairs: JSON and Java can spell them, UTF-8 cannot. */
public final class Surrogates {
  private Surrogates() {}

  /** Where the first half without its other half stands; -1 where there is none. */
  public static int firstLone(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!Character.isSurrogate(text.charAt(i))) {
        continue;
      }
      if (i + 1 == text.length()
          || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
        return i;
      }
      i++;
    }
    return -1;
  }
}
