package io.flinkmistral.engine;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import org.junit.jupiter.api.Test;

class PromptLengthTest {
  private static final PromptLength LENGTH = new PromptLength(50, 100);

  @Test
  void whatIsExactlyAtALimitIsTaken() {
    assertThatCode(() -> LENGTH.check(0, 50)).doesNotThrowAnyException();
    assertThatCode(() -> LENGTH.check(49, 50)).doesNotThrowAnyException();
    assertThatCode(() -> LENGTH.checkAtLeast(49, 50)).doesNotThrowAnyException();
  }

  @Test
  void oneMoreTokenIsTooLarge() {
    assertThatThrownBy(() -> LENGTH.check(0, 51))
        .hasFieldOrPropertyWithValue("code", ErrorCode.REQUEST_TOO_LARGE)
        .hasMessage("the request has 51 tokens, but at most 50 are allowed");
    assertThatThrownBy(() -> LENGTH.checkAtLeast(0, 51)).hasMessageContaining("at least 51");
  }

  @Test
  void theContextHoldsATokenOfTheAnswerToo() {
    assertThatThrownBy(() -> LENGTH.check(50, 50))
        .isInstanceOf(InvalidRequestException.class)
        .hasFieldOrPropertyWithValue("code", ErrorCode.CONTEXT_LENGTH_EXCEEDED)
        .hasMessageContaining("has 50 tokens and the request 50, but the context holds 100");
    assertThatThrownBy(() -> LENGTH.check(Integer.MAX_VALUE, 50))
        .as("of any length")
        .hasFieldOrPropertyWithValue("code", ErrorCode.CONTEXT_LENGTH_EXCEEDED);
  }
}
