package io.flinkmistral.jobs.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each field that is known of an object inside a request, with a right value, with each type that
 * it does not have, and with elements of each type that its elements do not have: it is honoured,
 * or refused by its whole name. {@link EveryFieldTest} does that with the request itself.
 */
class EveryNestedFieldTest {
  private static final String SCHEMA = "{'type': 'null'}";
  private static final String FUNCTION = "{'name': 'f'}";
  private static final String CALL =
      "{'id': 'a', 'type': 'function', 'function': {'name': 'f', 'arguments': '{}'}}";

  /**
   * A kind of object.
   *
   * @param table of its fields
   * @param place of one in a request
   * @param request the fields beside request_id and conversation_id, with % for the object
   * @param right for each field that is read, a right value
   * @param fixed the fields that every object has
   */
  private record Kind(
      FieldTable table,
      String place,
      String request,
      Map<String, String> right,
      Map<String, String> fixed) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              RequestFields.MESSAGE,
              "messages[1]",
              "'messages': [{'role': 'user', 'content': 'Hi'}, %]",
              Map.of(
                  "role",
                  "'assistant'",
                  "content",
                  "'Oh'",
                  "tool_calls",
                  "[" + CALL + "]",
                  "prefix",
                  "true"),
              Map.of("role", "'assistant'", "content", "'Oh'")),
          new Kind(
              RequestFields.TOOL_MESSAGE,
              "messages[0]",
              "'messages': [%]",
              Map.of("role", "'tool'", "content", "'7'", "tool_calls", "[]", "tool_call_id", "'a'"),
              Map.of("role", "'tool'", "content", "'7'", "tool_call_id", "'a'")),
          new Kind(
              RequestFields.PART,
              "messages[0].content[0]",
              "'messages': [{'role': 'user', 'content': [%]}]",
              Map.of("type", "'text'", "text", "'Hi'"),
              Map.of("type", "'text'", "text", "'Hi'")),
          new Kind(
              RequestFields.TOOL_CALL,
              "messages[0].tool_calls[0]",
              "'messages': [{'role': 'assistant', 'tool_calls': [%]}]",
              Map.of(
                  "id", "'a'", "type", "'function'", "function", "{'name': 'f', 'arguments': ''}"),
              Map.of("id", "'a'", "function", "{'name': 'f', 'arguments': '{}'}")),
          new Kind(
              RequestFields.CALLED_FUNCTION,
              "messages[0].tool_calls[0].function",
              "'messages': [{'role': 'assistant', 'tool_calls': [{'id': 'a', 'function': %}]}]",
              Map.of("name", "'f'", "arguments", "'{}'"),
              Map.of("name", "'f'", "arguments", "'{}'")),
          new Kind(
              RequestFields.TOOL,
              "tools[0]",
              hi("'tools': [%]"),
              Map.of("type", "'function'", "function", FUNCTION),
              Map.of("function", FUNCTION)),
          new Kind(
              RequestFields.FUNCTION,
              "tools[0].function",
              hi("'tools': [{'function': %}]"),
              Map.of("name", "'f'", "description", "'d'", "parameters", "{}", "strict", "true"),
              Map.of("name", "'f'")),
          new Kind(
              RequestFields.TOOL_CHOICE,
              "tool_choice",
              hi("'tools': [{'function': {'name': 'f'}}], 'tool_choice': %"),
              Map.of("type", "'function'", "function", FUNCTION),
              Map.of("function", FUNCTION)),
          new Kind(
              RequestFields.CHOSEN_FUNCTION,
              "tool_choice.function",
              hi("'tools': [{'function': {'name': 'f'}}], 'tool_choice': {'function': %}"),
              Map.of("name", "'f'"),
              Map.of("name", "'f'")),
          new Kind(
              RequestFields.STREAM_OPTIONS,
              "stream_options",
              hi("'stream': true, 'stream_options': %"),
              Map.of(),
              Map.of()),
          new Kind(
              RequestFields.RESPONSE_FORMAT,
              "response_format",
              hi("'response_format': %"),
              Map.of("type", "'json_schema'", "json_schema", "{'schema': " + SCHEMA + "}"),
              Map.of("type", "'json_schema'", "json_schema", "{'schema': " + SCHEMA + "}")),
          new Kind(
              RequestFields.RESPONSE_FORMAT,
              "response_format",
              hi("'response_format': %"),
              Map.of("type", "'json_object'", "schema", SCHEMA),
              Map.of("type", "'json_object'")),
          new Kind(
              RequestFields.RESPONSE_FORMAT,
              "response_format",
              hi("'response_format': %"),
              Map.of("type", "'text'"),
              Map.of("type", "'text'")),
          new Kind(
              RequestFields.JSON_SCHEMA,
              "response_format.json_schema",
              hi("'response_format': {'type': 'json_schema', 'json_schema': %}"),
              Map.of("name", "'n'", "description", "'d'", "strict", "true", "schema", SCHEMA),
              Map.of("schema", SCHEMA)),
          new Kind(
              RequestFields.STRUCTURED_OUTPUTS,
              "structured_outputs",
              hi("'structured_outputs': %"),
              Map.of(
                  "json",
                  SCHEMA,
                  "json_object",
                  "true",
                  "choice",
                  "['a']",
                  "regex",
                  "'a'",
                  "grammar",
                  "'root ::= x'",
                  "in_prompt",
                  "false"),
              Map.of()),
          new Kind(
              RequestFields.MODERATION,
              "moderation",
              hi("'moderation': %"),
              Map.of(
                  "on",
                  "'prompt'",
                  "action",
                  "'block'",
                  "rubric",
                  "'paper'",
                  "threshold",
                  "0.75",
                  "thresholds",
                  "{'pii': 0.25}",
                  "categories",
                  "['sexual', 'pii: 0.25']"),
              Map.of()),
          new Kind(
              RequestFields.FORK,
              "fork",
              hi("'fork': %"),
              Map.of("conversation_id", "'c'", "turn", "1", "after", "1"),
              Map.of("conversation_id", "'c'", "turn", "1")));

  /** Types beside that of the right value that a field takes. */
  private static final Map<String, Set<JsonKind>> OTHERS =
      Map.of(
          "content",
          Set.of(JsonKind.LIST),
          "schema",
          Set.of(JsonKind.FLAG),
          "json",
          Set.of(JsonKind.FLAG));

  /** What has elements, and a request with one of them for %. */
  private static final Map<String, String> ELEMENTS =
      Map.ofEntries(
          Map.entry("messages[0]", "'messages': [%]"),
          Map.entry("messages[0].content[0]", "'messages': [{'role': 'user', 'content': [%]}]"),
          Map.entry(
              "messages[0].tool_calls[0]",
              "'messages': [{'role': 'assistant', 'tool_calls': [%]}]"),
          Map.entry("tools[0]", hi("'tools': [%]")),
          Map.entry("stop[0]", hi("'stop': [%]")),
          Map.entry("bad_words[0]", hi("'bad_words': [%]")),
          Map.entry("stop_token_ids[0]", hi("'stop_token_ids': [%]")),
          Map.entry("logit_bias.5", hi("'logit_bias': {'5': %}")),
          Map.entry("metadata.a", hi("'metadata': {'a': %}")),
          Map.entry("moderation.thresholds.pii", hi("'moderation': {'thresholds': {'pii': %}}")),
          Map.entry("moderation.categories[0]", hi("'moderation': {'categories': [%]}")),
          Map.entry("guided_choice[0]", hi("'guided_choice': [%]")),
          Map.entry("structured_outputs.choice[0]", hi("'structured_outputs': {'choice': [%]}")));

  /** The type of these elements, where it is not an object. */
  private static final Map<String, JsonKind> ELEMENT_KINDS =
      Map.ofEntries(
          Map.entry("stop[0]", JsonKind.TEXT),
          Map.entry("bad_words[0]", JsonKind.TEXT),
          Map.entry("stop_token_ids[0]", JsonKind.NUMBER),
          Map.entry("logit_bias.5", JsonKind.NUMBER),
          Map.entry("metadata.a", JsonKind.TEXT),
          Map.entry("guided_choice[0]", JsonKind.TEXT),
          Map.entry("structured_outputs.choice[0]", JsonKind.TEXT),
          Map.entry("moderation.thresholds.pii", JsonKind.NUMBER),
          Map.entry("moderation.categories[0]", JsonKind.TEXT));

  private final RequestReader reader = new RequestReader(100_000, UnknownFields.REFUSE);

  private static String hi(String beside) {
    return "'messages': [{'role': 'user', 'content': 'Hi'}], " + beside;
  }

  static Stream<Arguments> fields() {
    return KINDS.stream()
        .flatMap(
            kind ->
                kind.table().rules().values().stream()
                    .map(rule -> Arguments.of(kind.place(), rule.name(), rule, kind)));
  }

  /** The compiler does not say when there is one more. */
  @Test
  void theKindsHaveAllTables() throws Exception {
    List<FieldTable> tables = new ArrayList<>();
    for (var field : RequestFields.class.getDeclaredFields()) {
      if (field.getType() == FieldTable.class) {
        tables.add((FieldTable) field.get(null));
      }
    }
    tables.remove(RequestFields.REQUEST);
    // They are no objects in requests: RecordReaderTest has them.
    tables.removeAll(List.of(RequestFields.CANCELLATION, RequestFields.OF_CONVERSATION));
    assertThat(KINDS.stream().map(Kind::table).distinct()).hasSameElementsAs(tables);
  }

  @ParameterizedTest(name = "{0}.{1}")
  @MethodSource("fields")
  void isHonouredOrRefusedByName(String place, String name, FieldRule rule, Kind kind) {
    switch (rule) {
      case FieldRule.Read _ -> {
        Optional<String> right = Optional.ofNullable(kind.right().get(name));
        right.ifPresent(value -> read(kind, name, value));
        Set<JsonKind> taken =
            right.isEmpty()
                ? Set.of()
                : Stream.concat(
                        Stream.of(kindOf(right.get())),
                        OTHERS.getOrDefault(name, Set.of()).stream())
                    .collect(Collectors.toSet());
        EveryFieldTest.SAMPLES.forEach(
            (type, sample) -> {
              if (!taken.contains(type)) {
                refuses(kind, name, sample);
              }
            });
      }
      case FieldRule.WithoutEffect without ->
          EveryFieldTest.SAMPLES.forEach(
              (type, sample) -> {
                if (without.kind() == type) {
                  assertThat(read(kind, name, sample)).isEqualTo(read(kind, name, "null"));
                } else {
                  refuses(kind, name, sample);
                }
              });
      case FieldRule.Unsupported refused -> {
        EveryFieldTest.SAMPLES.values().forEach(sample -> refuses(kind, name, sample));
        refused
            .taken()
            .forEach(
                neutral ->
                    assertThat(read(kind, name, neutral.value().toString()))
                        .isEqualTo(read(kind, name, "null")));
      }
    }
  }

  static Stream<String> elements() {
    return ELEMENTS.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("elements")
  void anElementOfAnotherTypeIsRefusedByItsPlace(String place) {
    Map<String, String> samples = new LinkedHashMap<>();
    EveryFieldTest.SAMPLES.forEach((type, sample) -> samples.put(type.name(), sample));
    samples.put("NULL", "null");
    samples.remove(ELEMENT_KINDS.getOrDefault(place, JsonKind.OBJECT).name());
    samples.forEach(
        (type, sample) -> {
          if (type.equals("NULL") && !place.endsWith("]")) {
            return; // As good as absent.
          }
          assertThatExceptionOfType(InvalidRequestException.class)
              .as(sample)
              .isThrownBy(() -> read(ELEMENTS.get(place).replace("%", sample)))
              .satisfies(e -> assertThat(e.parameter()).startsWith(place));
        });
  }

  private void refuses(Kind kind, String name, String value) {
    assertThatExceptionOfType(InvalidRequestException.class)
        .as("%s.%s: %s", kind.place(), name, value)
        .isThrownBy(() -> read(kind, name, value))
        .satisfies(e -> assertThat(e.parameter()).startsWith(kind.place() + "." + name))
        .satisfies(e -> assertThat(e.getMessage()).startsWith(e.parameter()));
  }

  private CompletionRequest read(Kind kind, String name, String value) {
    Map<String, String> fields = new LinkedHashMap<>(kind.fixed());
    if (name.equals("tool_calls") && kind.table() == RequestFields.MESSAGE) {
      fields.remove("content");
    }
    fields.put(name, value);
    if (name.equals("text") || name.equals("type")) {
      fields.putIfAbsent("type", "'text'");
    }
    String object =
        fields.entrySet().stream()
            .map(field -> "'" + field.getKey() + "': " + field.getValue())
            .collect(Collectors.joining(", ", "{", "}"));
    return read(kind.request().replace("%", object));
  }

  private CompletionRequest read(String fields) {
    String id = fields.contains("'fork'") ? "c~b" : "c";
    return reader
        .read(Records.of("{'request_id': 'r', 'conversation_id': '%s', %s}".formatted(id, fields)))
        .but()
        .origin(Optional.empty())
        .build();
  }

  private static JsonKind kindOf(String json) {
    return switch (json.charAt(0)) {
      case '\'' -> JsonKind.TEXT;
      case '{' -> JsonKind.OBJECT;
      case '[' -> JsonKind.LIST;
      case 't', 'f' -> JsonKind.FLAG;
      default -> JsonKind.NUMBER;
    };
  }
}
