package io.flinkmistral.tokenizer;

import java.util.Random;

/** Random texts of the kinds that tokenizers stumble over. */
public final class RandomTexts {
  private static final String[] PARTS = {
    " ",
    "  ",
    "\n",
    "\t",
    "the ",
    "The",
    "ing",
    "stream",
    "key",
    "42",
    "0",
    "_",
    "-",
    "é",
    "ß",
    "中",
    "世界",
    "안녕",
    "مرحبا",
    "🙂",
    "👨‍👩‍👧",
    "\u2581",
    "\u2581\u2581",
    "a\u0301",
    "[INST]",
    "</s>",
    "<0x41>",
    "[REFERENCE_DOC_7]",
    "[REFERENCE_DOC_",
    "[",
    "]",
    "DOC",
    "{\"a\": 1}",
    "aaaa",
    "\u0000",
    "\ufffd"
  };

  private final Random random;

  public RandomTexts(long seed) {
    random = new Random(seed);
  }

  public Random random() {
    return random;
  }

  /** Words, signs and scripts put one after the other, without lone surrogates. */
  public String mixed(int parts) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < parts; i++) {
      switch (random.nextInt(6)) {
        case 0 -> text.appendCodePoint(codePoint());
        case 1 -> text.append((char) ('a' + random.nextInt(26)));
        default -> text.append(PARTS[random.nextInt(PARTS.length)]);
      }
    }
    return text.toString();
  }

  /** A text over few letters, in which many merges compete. */
  public String overFewLetters(int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append("eatinors ".charAt(random.nextInt(9)));
    }
    return text.toString();
  }

  /** Any code point but a surrogate. */
  private int codePoint() {
    int bits = random.nextInt(4);
    int codePoint =
        random.nextInt(bits == 0 ? 0x80 : bits == 1 ? 0x800 : bits == 2 ? 0xFFFF : 0x110000);
    return codePoint >= 0xD800 && codePoint <= 0xDFFF ? codePoint - 0xD800 : codePoint;
  }
}
