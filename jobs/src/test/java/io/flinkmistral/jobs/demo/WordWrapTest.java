package io.flinkmistral.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordWrapTest {
  @Test
  void breaksBetweenWordsHoweverTheyCome() {
    String text = "one two three four";
    for (int piece = 1; piece <= text.length(); piece++) {
      WordWrap wrap = new WordWrap(10);
      StringBuilder out = new StringBuilder();
      for (int i = 0; i < text.length(); i += piece) {
        out.append(wrap.add(text.substring(i, Math.min(text.length(), i + piece))));
      }
      assertThat(out + wrap.end()).isEqualTo("one two \nthree four");
    }
  }

  @Test
  void keepsLineBreaks() {
    assertThat(all(10, "a\n\nb c")).isEqualTo("a\n\nb c");
  }

  @Test
  void showsAnEndlessWordAsItComes() {
    WordWrap wrap = new WordWrap(80);
    assertThat(wrap.add("字".repeat(23))).isEmpty();
    assertThat(wrap.add("字字")).isEqualTo("字".repeat(24));
    assertThat(wrap.end()).isEqualTo("字");
  }

  @Test
  void doesNotCutASurrogatePair() {
    WordWrap wrap = new WordWrap(80);
    assertThat(wrap.add("x".repeat(23) + "😀")).isEqualTo("x".repeat(23) + "😀");
  }

  private static String all(int width, String... pieces) {
    WordWrap wrap = new WordWrap(width);
    StringBuilder out = new StringBuilder();
    List.of(pieces).forEach(p -> out.append(wrap.add(p)));
    return out + wrap.end();
  }
}
