package io.flinkmistral.constraint.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.GrammarRecogniser;
import io.flinkmistral.constraint.GrammarSampler;
import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.constraint.schema.rule.GoalRules;
import io.flinkmistral.protocol.InvalidRequestException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.DecimalNode;
import tools.jackson.databind.node.IntNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * A validator by another author is the oracle, in both directions: each text that is drawn from a
 * schema's grammar is valid, and a changed one is accepted exactly if it is still valid.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class RandomSchemasTest {
  private static final int SCHEMAS = 600;
  private static final int BRANCHES = 300;
  private static final int TEXTS = 15;

  @Test
  void whatIsDrawnIsValidAndWhatIsValidIsAccepted() {
    RandomSchemas schemas = new RandomSchemas(11);
    Random random = new Random(12);
    int read = 0;
    int valid = 0;
    int invalid = 0;
    for (int i = 0; i < SCHEMAS; i++) {
      String schema = schemas.next(3);
      Grammar grammar;
      try {
        grammar = JsonSchemas.grammar(schema, "schema");
      } catch (InvalidRequestException e) {
        // Of random words, some contradict each other.
        assertThat(e.getMessage()).as(schema).contains("nothing fits");
        continue;
      }
      read++;
      OtherValidator validator = new OtherValidator(schema);
      GrammarMachine machine = GrammarMachine.compile(grammar, "schema");
      GrammarSampler sampler = new GrammarSampler(grammar, i);
      for (int j = 0; j < TEXTS; j++) {
        String text = sampler.draw(60);
        JsonNode value = OtherValidator.LENIENT.readTree(text);
        assertThat(validator.errors(value)).as("%s of %s", text, schema).isEmpty();
        JsonNode changed = plain(changed(value, random));
        String compact = GoalRules.compact(changed);
        boolean isValid = validator.isValid(changed);
        assertThat(GrammarRecogniser.accepts(grammar, compact))
            .as("%s of %s", compact, schema)
            .isEqualTo(isValid);
        assertThat(machine.start().after(compact.getBytes(UTF_8)).canEnd())
            .as("%s of %s, byte by byte", compact, schema)
            .isEqualTo(isValid);
        valid += isValid ? 1 : 0;
        invalid += isValid ? 0 : 1;
      }
    }
    assertThat(read).isGreaterThan(SCHEMAS / 2);
    assertThat(valid).isGreaterThan(500);
    assertThat(invalid).isGreaterThan(500);
  }

  /** Where branches cannot be told apart, that is said. */
  @Test
  void exactlyOneBranchFitsWhatIsDrawn() {
    RandomSchemas schemas = new RandomSchemas(31);
    int read = 0;
    int overlapping = 0;
    for (int i = 0; i < BRANCHES; i++) {
      String schema = schemas.branches();
      try {
        GrammarSampler sampler = new GrammarSampler(JsonSchemas.grammar(schema, "schema"), i);
        OtherValidator validator = new OtherValidator(schema);
        read++;
        for (int j = 0; j < TEXTS; j++) {
          String text = sampler.draw(5 * j);
          JsonNode value = OtherValidator.LENIENT.readTree(text);
          assertThat(validator.errors(value)).as("%s of %s", text, schema).isEmpty();
        }
      } catch (InvalidRequestException e) {
        assertThat(e.getMessage()).as(schema).containsAnyOf("can both fit", "nothing fits");
        overlapping += e.getMessage().contains("can both fit") ? 1 : 0;
      }
    }
    assertThat(read).isGreaterThan(BRANCHES / 4);
    assertThat(overlapping).isGreaterThan(BRANCHES / 10);
  }

  /** One change somewhere, which leaves the order of properties as it is. */
  private static JsonNode changed(JsonNode value, Random random) {
    return switch (value) {
      case ObjectNode object when !object.isEmpty() -> {
        ObjectNode changed = JsonNodeFactory.instance.objectNode();
        List<Map.Entry<String, JsonNode>> members = new ArrayList<>(object.properties());
        int at = random.nextInt(members.size());
        boolean drops = random.nextInt(3) == 0;
        for (int i = 0; i < members.size(); i++) {
          JsonNode member = members.get(i).getValue();
          if (i != at) {
            changed.set(members.get(i).getKey(), member);
          } else if (!drops) {
            changed.set(members.get(i).getKey(), changed(member, random));
          }
        }
        if (random.nextInt(4) == 0) {
          changed.set("zz", IntNode.valueOf(1));
        }
        yield changed;
      }
      case ArrayNode array when !array.isEmpty() -> {
        ArrayNode changed = JsonNodeFactory.instance.arrayNode();
        int at = random.nextInt(array.size() + 1);
        for (int i = 0; i < array.size(); i++) {
          changed.add(i == at ? changed(array.get(i), random) : array.get(i));
        }
        if (at == array.size()) {
          changed.add(array.get(0));
        }
        yield changed;
      }
      default -> leaf(value, random);
    };
  }

  private static JsonNode leaf(JsonNode value, Random random) {
    return switch (random.nextInt(5)) {
      case 0 ->
          value.isNumber()
              ? number(value.decimalValue().add(BigDecimal.ONE))
              : StringNode.valueOf("ab");
      case 1 -> value.isNumber() ? number(value.decimalValue().negate()) : IntNode.valueOf(7);
      case 2 ->
          value.isString()
              ? StringNode.valueOf(value.stringValue() + "b\n")
              : StringNode.valueOf("x");
      case 3 ->
          value.isString() && !value.stringValue().isEmpty()
              ? StringNode.valueOf(
                  value.stringValue().substring(value.stringValue().offsetByCodePoints(0, 1)))
              : IntNode.valueOf(random.nextInt(-20, 20));
      default -> value;
    };
  }

  /** With all numbers as a grammar writes them. */
  private static JsonNode plain(JsonNode value) {
    return switch (value) {
      case ObjectNode object -> {
        ObjectNode plain = JsonNodeFactory.instance.objectNode();
        object.properties().forEach(m -> plain.set(m.getKey(), plain(m.getValue())));
        yield plain;
      }
      case ArrayNode array -> {
        ArrayNode plain = JsonNodeFactory.instance.arrayNode();
        array.forEach(element -> plain.add(plain(element)));
        yield plain;
      }
      default -> value.isNumber() ? number(value.decimalValue()) : value;
    };
  }

  /** As a grammar writes it: whole numbers without a point, and at most 15 digits. */
  private static JsonNode number(BigDecimal value) {
    BigDecimal plain = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
    String text = plain.toPlainString();
    return DecimalNode.valueOf(
        text.length() <= 15 && plain.scale() <= 6 ? new BigDecimal(text) : BigDecimal.TWO);
  }
}
