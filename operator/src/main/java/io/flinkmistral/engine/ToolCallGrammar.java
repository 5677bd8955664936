package io.flinkmistral.engine;

import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.schema.JsonGrammar;
import io.flinkmistral.constraint.schema.JsonSchemas;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.ToolChoice;
import io.flinkmistral.protocol.ToolUse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The calls of tools that an answer may be, as models write them after the token that begins calls:
 *
 * <pre>
 *   [{"name": "weather", "arguments": {"city":"Paris"}}, {"name": "time", "arguments": {}}]
 * </pre>
 *
 * <p>Arguments fit the schema of the tool's parameters. Where it cannot be enforced, it is refused
 * if a call is asked for or the tool is {@code strict}; else the arguments are any JSON object.
 */
final class ToolCallGrammar {
  /** What compiling is about, for messages. */
  static final String PARAMETER = "tools";

  private static final JsonMapper MAPPER = new JsonMapper();

  private final ToolUse use;
  private final Map<String, Expression> rules = new HashMap<>();
  private final List<Expression> calls = new ArrayList<>();

  private ToolCallGrammar(ToolUse use) {
    this.use = use;
  }

  /**
   * @param tools their definitions, as JSON texts
   * @throws InvalidRequestException where the choice is of no tool, or a schema cannot be enforced
   */
  static Grammar of(List<String> tools, ToolUse use) {
    ToolCallGrammar grammar = new ToolCallGrammar(use);
    for (int i = 0; i < tools.size(); i++) {
      grammar.add(i, MAPPER.readTree(tools.get(i)).path("function"));
    }
    return grammar.grammar();
  }

  private void add(int index, JsonNode function) {
    String name = function.path("name").asString("");
    if (use.choice() instanceof ToolChoice.Function(String chosen) && !chosen.equals(name)) {
      return;
    }
    Grammar arguments = arguments(index, function);
    String prefix = index + "/";
    arguments.rules().forEach((rule, what) -> rules.put(prefix + rule, renamed(prefix, what)));
    calls.add(
        Expression.Sequence.of(
            new Expression.Literal(
                "{\"name\": " + MAPPER.writeValueAsString(name) + ", \"arguments\": "),
            new Expression.Reference(prefix + arguments.root()),
            new Expression.Literal("}")));
  }

  private Grammar arguments(int index, JsonNode function) {
    String parameter = "tools[%d].function.parameters".formatted(index);
    try {
      return JsonSchemas.grammar(ofObjects(function.path("parameters")), parameter);
    } catch (InvalidRequestException unenforceable) {
      boolean strict = function.path("strict").asBoolean(false);
      if (strict || !(use.choice() instanceof ToolChoice.Auto)) {
        throw unenforceable;
      }
      return JsonGrammar.anyObject(parameter);
    }
  }

  /** Arguments are an object, whether the schema says so or not. */
  private static String ofObjects(JsonNode schema) {
    ObjectNode objects =
        schema instanceof ObjectNode given ? given.deepCopy() : MAPPER.createObjectNode();
    if (!objects.has("type")) {
      objects.put("type", "object");
    }
    return objects.toString();
  }

  private static Expression renamed(String prefix, Expression expression) {
    return switch (expression) {
      case Expression.Literal _, Expression.Character _ -> expression;
      case Expression.Sequence(List<Expression> parts) ->
          new Expression.Sequence(parts.stream().map(part -> renamed(prefix, part)).toList());
      case Expression.Choice(List<Expression> options) ->
          new Expression.Choice(options.stream().map(option -> renamed(prefix, option)).toList());
      case Expression.Repetition(Expression what, int least, OptionalInt most) ->
          new Expression.Repetition(renamed(prefix, what), least, most);
      case Expression.Reference(String rule) -> new Expression.Reference(prefix + rule);
    };
  }

  private Grammar grammar() {
    if (calls.isEmpty()) {
      String chosen = use.choice() instanceof ToolChoice.Function(String name) ? name : "";
      throw new InvalidRequestException(
          "tool_choice",
          "tool_choice asks for the tool \"%s\", which is not among the tools"
              .formatted(Excerpt.of(chosen)));
    }
    rules.put("call", new Expression.Choice(calls));
    Expression call = new Expression.Reference("call");
    OptionalInt most = use.parallel() ? OptionalInt.empty() : OptionalInt.of(0);
    rules.put(
        "calls",
        Expression.Sequence.of(
            new Expression.Literal("["),
            call,
            new Expression.Repetition(
                Expression.Sequence.of(new Expression.Literal(", "), call), 0, most),
            new Expression.Literal("]")));
    return new Grammar(rules, "calls");
  }
}
