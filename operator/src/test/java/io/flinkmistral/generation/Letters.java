package io.flinkmistral.generation;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import java.util.Collections;
import java.util.stream.IntStream;

/** A vocabulary for tests without a model. */
public final class Letters {
  private static final int SIZE = 128;

  /** The piece of each id is the character of that code; the token of code 2 ends answers. */
  public static final SentencePieceVocabulary VOCABULARY =
      new SentencePieceVocabulary(
          IntStream.range(0, SIZE).mapToObj(Character::toString).toList(),
          new float[SIZE],
          Collections.nCopies(SIZE, PieceType.NORMAL),
          1,
          2,
          0,
          false);

  private Letters() {}
}
