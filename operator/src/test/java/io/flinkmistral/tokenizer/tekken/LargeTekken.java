package io.flinkmistral.tokenizer.tekken;

import io.flinkmistral.tokenizer.PieceType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.SequencedSet;

/**
 * A vocabulary of the size of Mistral's Tekken (131,072 pieces) and of its kinds of pieces: special
 * ones, all bytes, words of several scripts with and without a space, code, runs of spaces, and
 * beginnings of characters. The words are drawn, so it says nothing of how long texts become.
 */
public final class LargeTekken {
  public static final int SIZE = 131_072;
  private static final int SPECIAL = 1_000;
  private static final int EOS = 2;

  /** Scripts: how many characters there are from where, and how many a word has at most. */
  private static final int[][] SCRIPTS = {
    {'a', 26, 9},
    {'a', 26, 9},
    {'a', 26, 9},
    {'A', 26, 4},
    {0xe0, 30, 6},
    {0x430, 32, 8},
    {0x3b1, 24, 7},
    {0x4e00, 6_000, 3},
    {0xac00, 3_000, 3},
    {0x3041, 80, 4},
    {0x627, 36, 6},
    {0x905, 50, 5},
    {0x1f600, 60, 1}
  };

  private static final String CODE = "(){}[]<>=+-*/.,;:\"'_$#@!?&|^~`\\% \n\t";

  private LargeTekken() {}

  public static TekkenVocabulary vocabulary() {
    List<String> pieces = new ArrayList<>();
    for (int i = 0; i < SPECIAL; i++) {
      pieces.add("<SPECIAL_" + i + ">");
    }
    List<PieceType> types = new ArrayList<>(Collections.nCopies(SPECIAL, PieceType.CONTROL));
    pieces.addAll(texts(SIZE - SPECIAL));
    types.addAll(Collections.nCopies(SIZE - SPECIAL, PieceType.NORMAL));
    return new TekkenVocabulary(pieces, types, 1, EOS, "v3");
  }

  private static SequencedSet<String> texts(int count) {
    Random random = new Random(11);
    SequencedSet<String> texts = new LinkedHashSet<>();
    for (int i = 0; i < 256; i++) {
      texts.add(Character.toString(i));
    }
    while (texts.size() < count) {
      texts.add(TekkenVocabulary.spelt(text(random)));
    }
    return texts;
  }

  private static byte[] text(Random random) {
    StringBuilder text = new StringBuilder();
    int kind = random.nextInt(10);
    if (kind == 0) {
      for (int i = 1 + random.nextInt(5); i >= 0; i--) {
        text.append(CODE.charAt(random.nextInt(CODE.length())));
      }
    } else if (kind == 1 && random.nextInt(20) == 0) {
      text.append(String.valueOf(random.nextBoolean() ? ' ' : '\n').repeat(1 + random.nextInt(30)));
    } else {
      int[] script = SCRIPTS[random.nextInt(SCRIPTS.length)];
      if (random.nextBoolean()) {
        text.append(' ');
      }
      for (int i = 1 + random.nextInt(script[2]); i > 0; i--) {
        double frequency = random.nextDouble();
        text.appendCodePoint(script[0] + (int) (frequency * frequency * script[1]));
      }
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    return random.nextInt(50) == 0 ? beginning(bytes, random) : bytes;
  }

  /** Ends anywhere, also in the middle of a character. */
  private static byte[] beginning(byte[] bytes, Random random) {
    ByteArrayOutputStream some = new ByteArrayOutputStream();
    some.write(bytes, 0, 1 + random.nextInt(bytes.length));
    return some.toByteArray();
  }
}
