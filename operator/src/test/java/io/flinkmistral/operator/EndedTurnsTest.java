package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SafePrompt;
import io.flinkmistral.protocol.ToolCall;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EndedTurnsTest {
  private static final CompletionRequest HI = CompletionRequest.ofUser("r", "c", "Hi");

  @Test
  void theOldestTurnsMakeWay() {
    EndedTurns turns = turns("plain", "plain", "plain", "plain");
    assertThat(kept(turns, 1, HI)).containsExactly(1, 2, 3);
    assertThat(kept(turns, 10, HI)).containsExactly(1, 2, 3);
    assertThat(kept(turns, 11, HI)).containsExactly(2, 3);
    assertThat(kept(turns, 1000, HI)).isEmpty();
    assertThat(turns.without(11, HI).tokens()).isEqualTo(21);
    assertThat(turns.without(11, HI).leading()).isZero();
    assertThat(turns.without(0, HI).tokens()).isEqualTo(40);
    assertThat(turns.without(1000, HI).tokens()).isZero();
    assertThat(EndedTurns.NONE.without(5, HI).tokens()).isZero();
  }

  @Test
  void theNewestSystemPromptAndTheNewestToolsStay() {
    EndedTurns turns = turns("system", "system tools", "plain", "tools", "plain");
    assertThat(kept(turns, 1000, HI)).containsExactly(1, 3);
    EndedTurns first = turns("system tools", "plain", "plain");
    assertThat(kept(first, 15, HI)).containsExactly(0);
    assertThat(first.without(15, HI).leading()).isEqualTo(10);
    assertThat(first.without(15, HI).tokens()).isEqualTo(10);
  }

  @Test
  void whatTheRequestBringsItselfNeedNotStay() {
    EndedTurns turns = turns("system tools", "system", "plain");
    CompletionRequest both =
        request(
            List.of("{}"),
            new ChatMessage(Role.SYSTEM, "Be kind."),
            new ChatMessage(Role.USER, "Hi"));
    assertThat(kept(turns, 1000, both)).isEmpty();
    assertThat(kept(turns, 1000, request(List.of("{}"), new ChatMessage(Role.USER, "Hi"))))
        .containsExactly(1);
  }

  @Test
  void callsAndTheirResultsStayTogether() {
    EndedTurns turns = turns("plain", "follows", "follows", "plain", "follows", "plain");
    assertThat(kept(turns, 1, HI)).containsExactly(3, 4, 5);
    assertThat(kept(turns, 31, HI)).containsExactly(5);
    EndedTurns open = turns("plain", "plain", "follows");
    CompletionRequest result =
        request(List.of(), new ChatMessage(Role.TOOL, "7", List.of(), "abcdefghi"));
    assertThat(kept(open, 1000, result)).containsExactly(1, 2);
    assertThat(kept(turns("tools", "follows", "plain"), 1000, HI)).containsExactly(0, 1);
  }

  @Test
  void aTurnIsOfTheKindOfItsRequest() {
    assertThat(TurnKind.of(HI)).isEqualTo(kind("plain"));
    ChatMessage called =
        new ChatMessage(Role.ASSISTANT, "", List.of(new ToolCall("abcdefghi", "f", "{}")), "");
    ChatMessage result = new ChatMessage(Role.TOOL, "7", List.of(), "abcdefghi");
    CompletionRequest whole =
        request(List.of("{}"), new ChatMessage(Role.USER, "Hi"), called, result, result);
    assertThat(TurnKind.of(whole)).isEqualTo(kind("tools follows"));
    CompletionRequest over =
        request(
            List.of(),
            result,
            new ChatMessage(Role.ASSISTANT, "7"),
            new ChatMessage(Role.USER, "Hi"));
    assertThat(TurnKind.of(over)).isEqualTo(kind("plain"));
    for (String kind :
        List.of("plain", "system", "safe", "tools follows", "system tools safe follows")) {
      assertThat(TurnKind.ofCode(kind(kind).code())).isEqualTo(kind(kind));
    }
    assertThat(TurnKind.unknown(0)).isEqualTo(kind("system tools"));
    assertThat(TurnKind.unknown(1)).isEqualTo(kind("plain"));
  }

  @Test
  void theSafePromptTakesNoSystemPromptsPlace() {
    CompletionRequest safe = SafePrompt.ALWAYS.applied(HI);
    assertThat(TurnKind.of(safe)).isEqualTo(kind("safe"));
    assertThat(kept(turns("system", "safe", "plain", "plain"), 1000, HI)).containsExactly(0, 1);
    assertThat(kept(turns("system safe", "safe", "plain"), 1000, safe)).containsExactly(0);
    assertThat(kept(turns("safe", "safe", "plain"), 1000, HI)).containsExactly(1);
  }

  private static CompletionRequest request(List<String> tools, ChatMessage... messages) {
    return CompletionRequest.of("r", "c").prompt(new Prompt.Chat(List.of(messages), tools)).build();
  }

  private static List<Integer> kept(EndedTurns turns, int least, CompletionRequest request) {
    return turns.without(least, request).turns().stream().boxed().toList();
  }

  private static EndedTurns turns(String... kinds) {
    return new EndedTurns(
        Collections.nCopies(kinds.length, 10), Stream.of(kinds).map(EndedTurnsTest::kind).toList());
  }

  private static TurnKind kind(String words) {
    return new TurnKind(
        words.contains("system"),
        words.contains("tools"),
        words.contains("safe"),
        words.contains("follows"));
  }
}
