package io.flinkmistral.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.protocol.InvalidRequestException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 10, unit = TimeUnit.SECONDS)
final class ChoicesTest {
  private static final String FIELD = "structured_outputs.choice";

  @Test
  void anAnswerIsOneOfTheTexts() {
    Grammar grammar = Choices.of(List.of("yes", "no", "yes", "🙂 no"), FIELD);
    assertThat(GrammarRecogniser.accepts(grammar, "yes")).isTrue();
    assertThat(GrammarRecogniser.accepts(grammar, "🙂 no")).isTrue();
    assertThat(GrammarRecogniser.accepts(grammar, "noyes")).isFalse();
    assertThat(GrammarRecogniser.accepts(grammar, "")).isFalse();
  }

  @Test
  void whatIsNoChoiceIsRefused() {
    assertRefused(List.of(), "must have at least one text");
    assertRefused(List.of("a", ""), "must not hold an empty text");
    assertRefused(Collections.nCopies(1_000_000, "a"), "has 1,000,000 texts, but at most 10,000");
    assertRefused(List.of("a".repeat(300_000)), "300,000 characters, but at most 262,144");
  }

  private static void assertRefused(List<String> texts, String says) {
    assertThatThrownBy(() -> Choices.of(texts, FIELD))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith(FIELD + ": ")
        .hasMessageContaining(says);
  }
}
