package io.flinkmistral.tokenizer;

import java.util.Optional;

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

  /**
   * The ids of a text that follows other text, as if the other one ended where a piece does: no
   * space is put before it.
   */
  int[] encodeInside(String text);

  /**
   * The bytes of UTF-8 that a token adds to a text; of a character, perhaps, only a part. Nothing
   * for one that is no text: control pieces, and what stands for the unknown.
   *
   * @param atStart whether the token is the first of the text: then the space is taken off that was
   *     put before it. Nothing where a token that leaves the text empty does not count as its first
   */
  Optional<byte[]> bytesOf(int id, boolean atStart);

  /** A decoder for the tokens of one answer. */
  TokenStreamDecoder newDecoder();

  /** The vocabulary that this encodes with. */
  Vocabulary vocabulary();

  /** Gives all that encoding and decoding depend on, so that equal ids mean equal texts. */
  void addTo(FingerprintInput input);
}
