package io.flinkmistral.operator;

import static io.flinkmistral.operator.Requests.many;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.operator.options.RequestLimits;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.SafePrompt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestLimitsTest {
  private static final RequestLimits LIMITS = new RequestLimits(2, 50, 3, 4, 1);

  @ParameterizedTest
  @CsvSource({"3, 0, 0, 0", "1, 4, 0, 0", "1, 0, 1, 0", "1, 0, 0, 1", "3, 4, 1, 1"})
  void whatIsExactlyAtALimitIsTaken(int messages, int tools, int stops, int unfinished) {
    assertThatCode(() -> LIMITS.check(many("r", messages, tools, stops), unfinished))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "4, 0, 0, messages, 'messages has 4 elements, but at most 3 are allowed'",
    "1, 5, 0, tools, 'tools has 5 elements, but at most 4 are allowed'",
    "1, 0, 2, stop, 'stop has 2 elements, but at most 1 are allowed'"
  })
  void oneMoreIsTooLarge(int messages, int tools, int stops, String parameter, String message) {
    assertThatThrownBy(() -> LIMITS.check(many("r", messages, tools, stops), 0))
        .isInstanceOfSatisfying(
            InvalidRequestException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.REQUEST_TOO_LARGE);
              assertThat(e.parameter()).isEqualTo(parameter);
              assertThat(e).hasMessage(message);
            });
  }

  @Test
  void theGuardrailPromptIsNoneOfTheMessages() {
    assertThatCode(() -> LIMITS.check(SafePrompt.ALWAYS.applied(many("r", 3, 0, 0)), 0))
        .doesNotThrowAnyException();
  }

  @Test
  void asManyAsMayWaitLeaveNoRoomForAnother() {
    assertThatThrownBy(() -> LIMITS.check(many("r", 1, 0, 0), 2))
        .isInstanceOfSatisfying(
            InvalidRequestException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.QUEUE_FULL);
              assertThat(e.parameter()).isEqualTo("conversation_id");
              assertThat(e).hasMessageStartingWith("2 requests of the conversation");
            });
  }

  @Test
  void noLimitOfTokensIsAsManyAsThereMayBe() {
    assertThat(LIMITS.mostPromptTokens()).isEqualTo(50);
    assertThat(new RequestLimits(2, 0, 3, 4, 1).mostPromptTokens()).isEqualTo(Integer.MAX_VALUE);
  }
}
