package io.flinkmistral.tokenizer;

/** Text to token ids and back. Safe for use by many threads. */
public interface Tokenizer {
  /** The ids of {@code text}, without BOS; control pieces in it are plain text. */
  int[] encode(String text);

  /** A number of ids that {@code text} has at the least; told much sooner than by encoding it. */
  int fewestTokens(String text);

  /** The text of {@code ids}; control ids have none, and the dummy prefix is taken off. */
  String decode(int[] ids);

  Vocabulary vocabulary();
}
