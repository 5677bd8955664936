package io.flinkmistral.tokenizer.tekken;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.tokenizer.RandomTexts;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Java's engine, told to use Unicode's white space, is the oracle for short texts. */
@Timeout(60)
class TekkenSplitterTest {
  private static final Pattern PATTERN =
      Pattern.compile(
          TekkenSplitter.PATTERN
              .replace("\\s", "\\p{IsWhite_Space}")
              .replace("\\S", "\\P{IsWhite_Space}"));

  @Test
  void wordsAreThoseOfTheExpression() {
    assertThat(words("I'm HTTPServer 12")).containsExactly("I", "'m", " HTTPServer", " ", "1", "2");
    assertThat(words("ABC\u02B0DEF")).containsExactly("ABC\u02B0", "DEF");
    assertThat(words("\u02B0ABC")).containsExactly("\u02B0", "ABC");
    assertThat(words("(see)  a/b//\tc")).containsExactly("(see", ")", " ", " a", "/b", "//", "\tc");
    assertThat(words("x  \r\n \n  y")).containsExactly("x", "  \r\n \n", " ", " y");
    assertThat(words("!!\n/\r?  ")).containsExactly("!!\n/\r", "?", "  ");
  }

  @Test
  void splitsLikeJavasEngine() {
    RandomTexts texts = new RandomTexts(11);
    String few = "aZ\u02B0\u0301\u6F22 1!/\r\n\t\u00A0'\u01C5";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      if (i % 2 == 0) {
        text.append(texts.mixed(texts.random().nextInt(12)).replaceAll("[\\ud800-\\udfff]", "?"));
      } else {
        for (int n = texts.random().nextInt(14); n > 0; n--) {
          text.append(few.charAt(texts.random().nextInt(few.length())));
        }
      }
      assertThat(words(text.toString())).as(text.toString()).isEqualTo(matches(text.toString()));
    }
  }

  @Test
  void whiteSpaceIsUnicodes() {
    BitSet spaces = new BitSet();
    Pattern unicode = Pattern.compile("\\p{IsWhite_Space}");
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      spaces.set(codePoint, unicode.matcher(Character.toString(codePoint)).matches());
    }
    assertThat(spaces.cardinality()).isEqualTo(25);
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (CharKind.of(codePoint).isSpace() != spaces.get(codePoint)) {
        throw new AssertionError("U+%04X is taken for the wrong kind".formatted(codePoint));
      }
    }
  }

  private static List<String> words(String text) {
    TekkenSplitter splitter = new TekkenSplitter(text);
    List<String> words = new ArrayList<>();
    for (int from = 0, to; from < text.length(); from = to) {
      to = splitter.end(from);
      words.add(text.substring(from, to));
    }
    return words;
  }

  private static List<String> matches(String text) {
    List<String> words = new ArrayList<>();
    Matcher matcher = PATTERN.matcher(text);
    while (matcher.find()) {
      words.add(matcher.group());
    }
    assertThat(String.join("", words)).as("nothing is left out").isEqualTo(text);
    return words;
  }
}
