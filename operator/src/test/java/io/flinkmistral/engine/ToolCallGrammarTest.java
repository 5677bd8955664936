package io.flinkmistral.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.protocol.InvalidRequestException;
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

  private static final ToolUse FREE = new ToolUse(ToolChoice.AUTO, true);

  private static String tool(String name, String parameters, boolean strict) {
    return "{\"type\": \"function\", \"function\": {\"name\": \"%s\", \"strict\": %s, \"parameters\": %s}}"
        .formatted(name, strict, parameters);
  }

  private static String call(String name, String arguments) {
    return "[{\"name\": \"%s\", \"arguments\": %s}]".formatted(name, arguments);
  }

  private static final String UNENFORCEABLE = "{\"if\": {}, \"then\": {}}";

  @Test
  void whatCannotBeEnforcedIsAnyObjectWhereNobodyAsksForIt() {
    List<String> lax = List.of(tool("f", UNENFORCEABLE, false), tool("g", UNENFORCEABLE, false));
    Grammar grammar = ToolCallGrammar.of(lax, FREE);
    assertThat(allows(grammar, call("f", "{\"x\":[1]}"))).isTrue();
    assertThat(allows(grammar, call("g", "{}"))).isTrue();
    assertThat(allows(grammar, call("g", "1"))).isFalse();
    assertThat(grammar.rules().keySet())
        .as("one for both")
        .noneMatch(rule -> rule.matches("\\d+/.*"));
    assertThat(ToolCallGrammar.mayBeAnyObjects(lax, FREE)).isTrue();

    List<String> strict = List.of(lax.getFirst(), tool("g", UNENFORCEABLE, true));
    assertThat(ToolCallGrammar.mayBeAnyObjects(strict, FREE)).isFalse();
    assertThatThrownBy(() -> ToolCallGrammar.of(strict, FREE))
        .isInstanceOf(InvalidRequestException.class)
        .hasFieldOrPropertyWithValue("parameter", "tools[1].function.parameters");

    ToolUse asked = new ToolUse(new ToolChoice.Function("f"), true);
    assertThat(ToolCallGrammar.mayBeAnyObjects(lax, asked)).isFalse();
    assertThatThrownBy(() -> ToolCallGrammar.of(lax, asked))
        .hasMessageContaining("tools[0].function.parameters");
  }

  @Test
  void theChosenToolIsTheOnlyOne() {
    List<String> tools = List.of(tool("f", "{}", false), tool("g", "{}", false));
    Grammar grammar = ToolCallGrammar.of(tools, new ToolUse(new ToolChoice.Function("g"), true));
    assertThat(allows(grammar, call("g", "{}"))).isTrue();
    assertThat(allows(grammar, call("f", "{}"))).isFalse();
    assertThatThrownBy(
            () -> ToolCallGrammar.of(tools, new ToolUse(new ToolChoice.Function("h"), true)))
        .hasFieldOrPropertyWithValue("parameter", "tool_choice")
        .hasMessageContaining("the tool \"h\", which is not among the tools");
  }

  /** Whether the schema says so, or allows others beside it, or says nothing. */
  @Test
  void argumentsAreObjects() {
    for (String parameters :
        List.of("{\"type\": [\"null\", \"object\"]}", "{\"type\": \"object\"}", "{}", "null")) {
      Grammar grammar = ToolCallGrammar.of(List.of(tool("f", parameters, true)), FREE);
      assertThat(allows(grammar, call("f", "{\"a\":1}"))).as(parameters).isTrue();
      assertThat(allows(grammar, call("f", "null"))).as(parameters).isFalse();
    }
    for (String parameters : List.of("{\"type\": \"string\"}", "{\"type\": [\"null\"]}")) {
      assertThatThrownBy(() -> ToolCallGrammar.of(List.of(tool("f", parameters, true)), FREE))
          .hasMessageContaining("type must be object");
    }
  }

  @Test
  void aToolThatIsNoJsonIsRefusedByItsPlace() {
    assertThatThrownBy(() -> ToolCallGrammar.of(List.of(TOOLS.getFirst(), "{"), FREE))
        .hasFieldOrPropertyWithValue("parameter", "tools")
        .hasMessageContaining("tool 1 is not a JSON object");
  }
}
