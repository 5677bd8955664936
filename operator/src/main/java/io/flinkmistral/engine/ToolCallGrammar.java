package io.flinkmistral.engine;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Effort;
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
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
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

  private static final String OBJECT = "object";

  /** Numbers beyond all others are written by their name where definitions are read. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /** One for all tools of a request. */
  private final Effort effort = new Effort();

  private final ToolUse use;
  private final boolean bySchemas;
  private final Map<String, Expression> rules = new HashMap<>();
  private final List<Expression> calls = new ArrayList<>();
  private Optional<Expression.Reference> anyObject = Optional.empty();

  /**
   * @param bySchemas whether arguments fit their schemas, or are any objects
   */
  private ToolCallGrammar(ToolUse use, boolean bySchemas) {
    this.use = use;
    this.bySchemas = bySchemas;
  }

  /**
   * @param tools their definitions, as JSON texts
   * @throws InvalidRequestException where the choice is of no tool, or a schema cannot be enforced
   */
  static Grammar of(List<String> tools, ToolUse use) {
    return new ToolCallGrammar(use, true).of(tools);
  }

  /** The same with any object as arguments. */
  static Grammar ofAnyObjects(List<String> tools, ToolUse use) {
    return new ToolCallGrammar(use, false).of(tools);
  }

  /** Of texts that do not begin as calls do. */
  static Grammar anyOther() {
    return Grammar.of(
        Expression.Choice.of(
            new Expression.Literal(""),
            Expression.Sequence.of(
                new Expression.Character(CodePoints.in("[").complement()),
                new Expression.Repetition(
                    new Expression.Character(CodePoints.ALL), 0, OptionalInt.empty()))));
  }

  private Grammar of(List<String> tools) {
    for (int i = 0; i < tools.size(); i++) {
      add(i, function(i, tools.get(i)));
    }
    return grammar();
  }

  /** Whether nobody asks for what the schemas say. */
  static boolean mayBeAnyObjects(List<String> tools, ToolUse use) {
    return !use.choice().asksForCall()
        && IntStream.range(0, tools.size()).noneMatch(i -> isStrict(function(i, tools.get(i))));
  }

  private static JsonNode function(int index, String tool) {
    try {
      return MAPPER.readTree(tool).path("function");
    } catch (JacksonException e) {
      throw new InvalidRequestException(
          PARAMETER, "tool %d is not a JSON object: %s".formatted(index, e.getOriginalMessage()));
    }
  }

  private static boolean isStrict(JsonNode function) {
    return function.path("strict").asBoolean(false);
  }

  private void add(int index, JsonNode function) {
    String name = function.path("name").asString("");
    if (use.choice() instanceof ToolChoice.Function(String chosen) && !chosen.equals(name)) {
      return;
    }
    calls.add(
        Expression.Sequence.of(
            new Expression.Literal(
                "{\"name\": " + MAPPER.writeValueAsString(name) + ", \"arguments\": "),
            arguments(index, function),
            new Expression.Literal("}")));
  }

  private Expression.Reference arguments(int index, JsonNode function) {
    String parameter = "tools[%d].function.parameters".formatted(index);
    if (!bySchemas) {
      return anyObject();
    }
    try {
      return added(
          index + "/",
          JsonSchemas.grammar(
              ofObjects(function.path("parameters"), parameter), parameter, effort));
    } catch (InvalidRequestException unenforceable) {
      if (isStrict(function) || use.choice().asksForCall()) {
        throw unenforceable;
      }
      return anyObject();
    }
  }

  /** One for all tools that need it. */
  private Expression.Reference anyObject() {
    if (anyObject.isEmpty()) {
      anyObject = Optional.of(added("any/", JsonGrammar.anyObject(PARAMETER)));
    }
    return anyObject.get();
  }

  private Expression.Reference added(String prefix, Grammar arguments) {
    arguments.rules().forEach((rule, what) -> rules.put(prefix + rule, renamed(prefix, what)));
    return new Expression.Reference(prefix + arguments.root());
  }

  /** Arguments are an object, whether the schema says so, or allows others beside it. */
  private static String ofObjects(JsonNode schema, String parameter) {
    ObjectNode objects =
        schema instanceof ObjectNode given ? given.deepCopy() : MAPPER.createObjectNode();
    JsonNode type = objects.path("type");
    boolean allowsObjects =
        type.isArray()
            ? type.valueStream().anyMatch(ToolCallGrammar::isObject)
            : type.isMissingNode() || isObject(type);
    if (!allowsObjects) {
      throw new InvalidRequestException(
          parameter, parameter + ".type must be object: arguments of tools are objects");
    }
    objects.put("type", OBJECT);
    return objects.toString();
  }

  private static boolean isObject(JsonNode type) {
    return type.asString("").equals(OBJECT);
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
