package io.flinkmistral.generation.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ToolCall;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids that are made are the same in all versions; the expected ones were computed apart. */
class CallIdsTest {
  private static final CompletionRequest REQUEST = CompletionRequest.ofUser("r-17", "c-4", "Hi");

  private static List<String> ids(CompletionRequest request, String... written) {
    List<ToolCall> calls =
        Stream.of(written).map(id -> new ToolCall(id, "weather", "{\"days\": 1}")).toList();
    List<ToolCall> complete = CallIds.complete(request, 0, calls);
    assertThat(complete)
        .allMatch(
            call -> call.name().equals("weather") && call.arguments().equals("{\"days\": 1}"));
    return complete.stream().map(ToolCall::id).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a1B2c3D4e", "000000000", "zzzzzzzzz", "012345678", "AAAAAAAAZ"})
  void nineLettersOrDigitsStay(String id) {
    assertThat(ids(REQUEST, id)).containsExactly(id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a1B2c3D4", "a1B2c3D4e5", "a1B2c3D4-", "a1B2c3D4é", "a1B2 3D4e", "call_1234"})
  void othersAreMadeOfTheRequestsIdsAndTheirPlace(String id) {
    assertThat(ids(REQUEST, id)).containsExactly("UNPTHk0pv");
    assertThat(ids(CompletionRequest.ofUser("~", "größe", "Hi"), id)).containsExactly("70pY1F1VE");
  }

  @Test
  void eachCallOfAnAnswerHasItsOwn() {
    assertThat(ids(REQUEST, "", "", "x")).containsExactly("UNPTHk0pv", "JozfdPU9n", "WWNEHrxY6");
    assertThat(ids(REQUEST, "a1B2c3D4e", "a1B2c3D4e", "b1B2c3D4e"))
        .containsExactly("a1B2c3D4e", "JozfdPU9n", "b1B2c3D4e");
    // The model has written the very id that would be made.
    assertThat(ids(REQUEST, "JozfdPU9n", "")).doesNotHaveDuplicates().startsWith("JozfdPU9n");
  }
}
