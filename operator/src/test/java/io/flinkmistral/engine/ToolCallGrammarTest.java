package io.flinkmistral.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.protocol.ToolChoice;
import io.flinkmistral.protocol.ToolUse;
import java.util.List;
import org.junit.jupiter.api.Test;

class ToolCallGrammarTest {
  private static final List<String> TOOLS =
      List.of("{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": {}}}");
  private static final String CALL = "{\"name\": \"f\", \"arguments\": {\"a\":1}}";

  private static boolean allows(Grammar grammar, String text) {
    return GrammarMachine.compile(grammar, "tools").start().after(text.getBytes(UTF_8)).canEnd();
  }

  @Test
  void oneCallIsOneWhateverItsArgumentsAreHeldTo() {
    ToolUse several = new ToolUse(ToolChoice.AUTO, true);
    ToolUse one = new ToolUse(ToolChoice.AUTO, false);
    String single = "[" + CALL + "]";
    String both = "[" + CALL + ", " + CALL + "]";
    for (Grammar grammar :
        List.of(ToolCallGrammar.of(TOOLS, several), ToolCallGrammar.ofAnyObjects(TOOLS, several))) {
      assertThat(allows(grammar, single)).isTrue();
      assertThat(allows(grammar, both)).isTrue();
    }
    for (Grammar grammar :
        List.of(ToolCallGrammar.of(TOOLS, one), ToolCallGrammar.ofAnyObjects(TOOLS, one))) {
      assertThat(allows(grammar, single)).isTrue();
      assertThat(allows(grammar, both)).isFalse();
    }
  }
}
