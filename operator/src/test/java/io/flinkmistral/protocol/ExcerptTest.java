package io.flinkmistral.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ExcerptTest {
  @Test
  void shortTextIsShownAsItIs() {
    assertThat(Excerpt.of("")).isEmpty();
    assertThat(Excerpt.of("größe 😀")).isEqualTo("größe 😀");
    assertThat(Excerpt.of("x".repeat(60))).isEqualTo("x".repeat(60));
  }

  @Test
  void longTextIsCutBetweenCharacters() {
    assertThat(Excerpt.of("x".repeat(61))).isEqualTo("x".repeat(60) + "…");
    assertThat(Excerpt.of("x".repeat(59) + "😀😀")).isEqualTo("x".repeat(59) + "…");
    assertThat(Excerpt.of("x".repeat(58) + "😀😀")).isEqualTo("x".repeat(58) + "😀…");
    assertThat(Excerpt.ofMessage("x".repeat(1_000_000))).hasSize(1001);
  }

  @Test
  void nothingThatATerminalActsUponIsShown() {
    assertThat(Excerpt.of("a\r\nb\u001b[2J\u202ec\u2066d\u200be\u2028f\u0085g\u0000"))
        .isEqualTo("a..b.[2J.c.d.e.f.g.");
  }

  @Test
  void whatIsShownHasBytesInUtf8() {
    for (String odd :
        new String[] {"\ud800", "a\udc00b", "\udc00\ud800", "x".repeat(59) + "\ud83d"}) {
      String shown = Excerpt.of(odd);
      assertThat(new String(shown.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
          .isEqualTo(shown)
          .hasSameSizeAs(odd);
    }
  }
}
