package io.flinkmistral.tokenizer;

/** Text to token ids and back. Safe for use by many threads. */
public interface Tokenizer {
  /** The ids of {@code text}, without BOS; control pieces in it are plain text. */
  int[] encode(String text);

  /** A number of ids that {@code text} has at the least; told much sooner than by encoding it. */
  int fewestTokens(String text);

  /** The text of {@code ids}; control ids have none, and a dummy prefix is taken off. */
  default String decode(int[] ids) {
    TokenStreamDecoder decoder = newDecoder();
    StringBuilder text = new StringBuilder(ids.length * 4);
    for (int id : ids) {
      text.append(decoder.accept(id));
    }
    return text.append(decoder.finish()).toString();
  }

  /** A decoder for the tokens of one answer. */
  TokenStreamDecoder newDecoder();

  /** The vocabulary that this encodes with. */
  Vocabulary vocabulary();

  /** Gives all that encoding and decoding depend on, so that equal ids mean equal texts. */
  void addTo(FingerprintInput input);
}
