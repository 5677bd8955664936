package io.flinkmistral.constraint.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SpecificationVersion;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.GrammarRecogniser;
import io.flinkmistral.constraint.GrammarSampler;
import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.constraint.schema.rule.GoalRules;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Schemas as tools have them, each with values that fit and values that do not. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class ToolSchemasTest {
  private static final int TEXTS = 400;

  static Stream<Arguments> schemas() throws IOException {
    try (InputStream in =
        ToolSchemasTest.class.getResourceAsStream("/constraint/tool-schemas.json")) {
      JsonNode all = OtherValidator.STRICT.readTree(in);
      return StreamSupport.stream(all.spliterator(), false)
          .map(tool -> Arguments.of(tool.get("name").stringValue(), tool));
    }
  }

  private static Grammar grammar(JsonNode tool) {
    return JsonSchemas.grammar(tool.get("schema").toString(), "tools");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("schemas")
  void valuesAreAcceptedIfTheyFit(String name, JsonNode tool) {
    Grammar grammar = grammar(tool);
    for (JsonNode value : tool.get("valid")) {
      String text = GoalRules.compact(value);
      assertThat(GrammarRecogniser.accepts(grammar, text)).as(text).isTrue();
      assertThat(GrammarRecogniser.accepts(grammar, text + " ")).as(text).isFalse();
    }
    for (JsonNode value : tool.get("invalid")) {
      String text = GoalRules.compact(value);
      assertThat(GrammarRecogniser.accepts(grammar, text)).as(text).isFalse();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("schemas")
  void whatIsDrawnIsCompactAndValid(String name, JsonNode tool) {
    GrammarSampler sampler = new GrammarSampler(grammar(tool), 5);
    String schema = tool.get("schema").toString();
    SpecificationVersion draft =
        schema.contains("draft-07")
            ? SpecificationVersion.DRAFT_7
            : SpecificationVersion.DRAFT_2020_12;
    GrammarMachine machine = GrammarMachine.compile(grammar(tool), "tools");
    OtherValidator validator = new OtherValidator(schema, draft);
    for (int i = 0; i < TEXTS; i++) {
      String text = sampler.draw(10 + i);
      // Names that the schema leaves open can repeat.
      JsonNode value =
          (tool.has("open") ? OtherValidator.LENIENT : OtherValidator.STRICT).readTree(text);
      assertThat(validator.errors(value)).as(text).isEmpty();
      assertThat(machine.start().after(text.getBytes(UTF_8)).canEnd()).as(text).isTrue();
    }
  }
}
