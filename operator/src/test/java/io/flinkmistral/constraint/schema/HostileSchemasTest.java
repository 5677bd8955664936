package io.flinkmistral.constraint.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.constraint.regex.RegularExpressions;
import io.flinkmistral.constraint.schema.document.SchemaDocument;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Schemas of the size that is allowed, each of which asks for far more work than their size: for
 * each pair of its parts, or for as much of each part as a long text is. The work is counted, so
 * they are refused. The time limits are generous: the machine may be busy.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class HostileSchemasTest {
  private static final String FIELD = "schema";

  private static String list(int count, IntFunction<String> element) {
    return IntStream.range(0, count).mapToObj(element).collect(Collectors.joining(","));
  }

  static Stream<Arguments> quadratic() {
    return Stream.of(
        Arguments.of(
            "one property in many schemas",
            "{\"allOf\":[" + list(9_000, _ -> "{\"properties\":{\"a\":{}}}") + "]}"),
        Arguments.of(
            "properties and patterns",
            "{\"properties\":{%s},\"patternProperties\":{%s}}"
                .formatted(
                    list(6_000, i -> "\"name%d\":{}".formatted(i)),
                    list(2_000, i -> "\"^n%d$\":{}".formatted(i)))),
        Arguments.of(
            "a long list of elements, many times",
            "{\"$defs\":{\"a\":{\"prefixItems\":[%s]}},\"allOf\":[%s]}"
                .formatted(
                    list(20_000, _ -> "true"),
                    list(3_000, _ -> "{\"$ref\":\"#/$defs/a\",\"minItems\":1}"))),
        Arguments.of(
            "patterns of many schemas",
            "{\"allOf\":["
                + list(
                    900,
                    i ->
                        "{\"patternProperties\":{"
                            + list(10, j -> "\"a%d_%d\":{}".formatted(i, j))
                            + "}}")
                + "]}"),
        Arguments.of(
            "long names above many schemas",
            ("{\"properties\":{\"" + "x".repeat(1_000) + "\":").repeat(30)
                + "{\"properties\":{"
                + list(15_000, i -> "\"%d\":{}".formatted(i))
                + "}}"
                + "}}".repeat(30)),
        Arguments.of(
            "long numbers in many ranges",
            "{\"enum\":[%s],\"anyOf\":[%s]}"
                .formatted(
                    list(250, i -> (i + 1) + "0".repeat(395)),
                    list(
                        2_000,
                        i ->
                            "{\"type\":\"integer\",\"minimum\":%d,\"multipleOf\":7}"
                                .formatted(i)))),
        Arguments.of(
            "a large class of characters, many times",
            "{\"type\":\"string\",\"pattern\":\"^" + "\\\\W".repeat(15_000) + "$\"}"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("quadratic")
  void workForEachPairOfPartsIsCounted(String name, String schema) {
    assertThat(schema.length()).isLessThan(SchemaDocument.MAX_CHARACTERS);
    assertThatThrownBy(() -> compiled(schema))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("steps of work");
  }

  static Stream<Arguments> memory() {
    String half = "[" + list(60, i -> Character.toString(0x40 + 2 * i)) + "]";
    return Stream.of(
        Arguments.of(
            "a long text in many places",
            "{\"$defs\":{\"a\":{\"const\":\"%s\"}},\"properties\":{%s}}"
                .formatted(
                    "x".repeat(100_000),
                    list(
                        2_500,
                        i -> "\"p%d\":{\"$ref\":\"#/$defs/a\",\"title\":\"%d\"}".formatted(i, i))),
            "parts"),
        Arguments.of(
            "many ranges in many places",
            "{\"properties\":{%s}}"
                .formatted(
                    list(
                        30,
                        i ->
                            "\"p%d\":{\"type\":\"string\",\"pattern\":\"^x%d%s{4000}$\"}"
                                .formatted(i, i, half.replace("\\", "\\\\")))),
            "more than"),
        Arguments.of(
            "many long multiples",
            "{\"allOf\":["
                + list(
                    500,
                    i ->
                        "{\"type\":\"integer\",\"multipleOf\":1%s%d}"
                            .formatted("0".repeat(300), 2 * i + 1))
                + "]}",
            "too many digits"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("memory")
  void memoryIsBounded(String name, String schema, String says) {
    assertThatThrownBy(() -> compiled(schema))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(says);
  }

  /** Slips are looked for in each of them. */
  @Test
  void manyAnnotationsAreNoHarm() {
    String schema = "{\"type\":\"null\"," + list(15_000, i -> "\"word%d\":0".formatted(i)) + "}";
    assertThat(compiled(schema).start().after('n').isDead()).isFalse();
  }

  private static GrammarMachine compiled(String schema) {
    Effort effort = new Effort();
    Grammar grammar = JsonSchemas.grammar(schema, FIELD, effort);
    return GrammarMachine.compile(grammar, FIELD);
  }

  static Stream<Integer> seeds() {
    return IntStream.range(0, 150).boxed();
  }

  /** Whatever it is, it is made or refused, and no error of another kind comes of it. */
  @ParameterizedTest
  @MethodSource("seeds")
  void hostilePartsInAnyOrderAreMadeOrRefused(int seed) {
    Random random = new Random(seed);
    String schema = schema(random, 3);
    try {
      assertThat(compiled(schema).start().isDead()).isFalse();
    } catch (InvalidRequestException refused) {
      assertThat(refused).hasMessageStartingWith(FIELD);
    }
    String pattern = pattern(random, 4);
    try {
      GrammarMachine.compile(RegularExpressions.grammar(pattern, FIELD), FIELD);
    } catch (InvalidRequestException refused) {
      assertThat(refused).hasMessageStartingWith(FIELD);
    }
  }

  private static String schema(Random random, int depth) {
    int count = 1 << random.nextInt(depth == 0 ? 3 : 8 - depth);
    IntFunction<String> part = _ -> depth == 0 ? leaf(random) : schema(random, depth - 1);
    return switch (random.nextInt(9)) {
      case 0 -> "{\"allOf\":[" + list(count, part) + "]}";
      case 1 -> "{\"anyOf\":[" + list(count, part) + "]}";
      case 2 -> "{\"oneOf\":[" + list(count, part) + "]}";
      case 3 -> "{\"properties\":{" + named(random, count, part) + "}}";
      case 4 ->
          "{\"properties\":{%s},\"patternProperties\":{%s},\"maxProperties\":%d}"
              .formatted(
                  named(random, count, part),
                  list(4, i -> "\"%s%d\":%s".formatted(pattern(random, 1), i, part.apply(i))),
                  random.nextInt(40));
      case 5 -> "{\"items\":%s,\"maxItems\":%d}".formatted(part.apply(0), random.nextInt(9_999));
      case 6 -> "{\"prefixItems\":[" + list(count, part) + "],\"uniqueItems\":true}";
      case 7 ->
          "{\"dependentRequired\":{"
              + list(random.nextInt(12), i -> "\"a%d\":[\"a%d\"]".formatted(i, random.nextInt(9)))
              + "}}";
      default -> leaf(random);
    };
  }

  private static String named(Random random, int count, IntFunction<String> part) {
    return list(count, i -> "\"a%d%d\":%s".formatted(i, random.nextInt(3), part.apply(i)));
  }

  private static String leaf(Random random) {
    return switch (random.nextInt(8)) {
      case 0 ->
          "{\"type\":\"string\",\"pattern\":\"%s\",\"maxLength\":%d}"
              .formatted(pattern(random, 3), random.nextInt(3_000));
      case 1 ->
          "{\"type\":\"number\",\"multipleOf\":%d.%d,\"minimum\":%d}"
              .formatted(random.nextInt(9), 1 + random.nextInt(99_999), random.nextInt());
      case 2 -> "{\"enum\":[" + list(1 + random.nextInt(400), i -> "\"v" + i + "\"") + "]}";
      case 3 -> "{\"$ref\":\"#\"}";
      case 4 -> "{\"required\":[\"a0%d\"]}".formatted(random.nextInt(3));
      case 5 ->
          "{\"type\":\"string\",\"format\":\"email\",\"minLength\":%d}"
              .formatted(random.nextInt(90));
      case 6 -> "{\"not\":{\"required\":[\"a0%d\"]}}".formatted(random.nextInt(3));
      default -> random.nextBoolean() ? "true" : "{}";
    };
  }

  private static String pattern(Random random, int depth) {
    if (depth == 0) {
      return List.of("a", "b", "[ab]", ".", "\\\\p{L}", "[^a]", "\\\\d", "x")
          .get(random.nextInt(8));
    }
    List<String> parts = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      String part = "(" + pattern(random, depth - 1) + ")";
      parts.add(
          part
              + switch (random.nextInt(5)) {
                case 0 -> "*";
                case 1 -> "{%d}".formatted(random.nextInt(60));
                case 2 -> "{0,%d}".formatted(random.nextInt(2_000));
                case 3 -> "?";
                default -> "";
              });
    }
    return String.join(random.nextBoolean() ? "|" : "", parts);
  }
}
