package io.flinkmistral.jobs.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.EnumMap;
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
 * Each field that is known, once with a right value, with a wrong one, and with each type that it
 * does not have: it is honoured, or it is refused by its name; never is it dropped.
 */
class EveryFieldTest {
  /** A value of each type; most fields take none of them but those of their type. */
  static final Map<JsonKind, String> SAMPLES =
      new EnumMap<>(
          Map.of(
              JsonKind.TEXT, "'text'",
              JsonKind.NUMBER, "7.25",
              JsonKind.FLAG, "true",
              JsonKind.OBJECT, "{'x': 1}",
              JsonKind.LIST, "[[1]]"));

  private static final String MESSAGES = "[{'role': 'user', 'content': 'Hi'}]";

  private static final String ASSISTANT =
      "'messages': [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Oh'}]";

  private record Field(String right, String wrong, List<JsonKind> kinds, String beside) {
    static Field of(String right, String wrong, JsonKind... kinds) {
      return new Field(right, wrong, List.of(kinds), "");
    }

    Field beside(String fields) {
      return new Field(right, wrong, kinds, fields);
    }
  }

  /** Those that are read; "" for no wrong value. */
  private static final Map<String, Field> READ =
      Map.ofEntries(
          Map.entry("request_id", Field.of("'r-9'", "''", JsonKind.TEXT)),
          Map.entry("conversation_id", Field.of("'c-9'", "''", JsonKind.TEXT)),
          Map.entry(
              "messages", Field.of("[{'role': 'user', 'content': 'Ho'}]", "[]", JsonKind.LIST)),
          Map.entry("prompt", Field.of("'Once'", "''", JsonKind.TEXT).beside("'messages': null")),
          Map.entry("history", Field.of("'full'", "'half'", JsonKind.TEXT)),
          Map.entry("truncation", Field.of("'auto'", "'head'", JsonKind.TEXT)),
          Map.entry("instructions", Field.of("'Be brief.'", "", JsonKind.TEXT)),
          Map.entry("conversation_ttl", Field.of("60", "0", JsonKind.NUMBER)),
          Map.entry("moderation", Field.of("'both'", "'all'", JsonKind.TEXT, JsonKind.OBJECT)),
          Map.entry(
              "tools",
              Field.of("[{'function': {'name': 'f'}}]", "[{'function': {}}]", JsonKind.LIST)),
          Map.entry(
              "tool_choice",
              Field.of("'required'", "'always'", JsonKind.TEXT, JsonKind.OBJECT)
                  .beside("'tools': [{'function': {'name': 'f'}}]")),
          Map.entry("parallel_tool_calls", Field.of("false", "", JsonKind.FLAG)),
          Map.entry(
              "fork",
              Field.of(
                      "{'conversation_id': 'c', 'turn': 1}",
                      "{'conversation_id': 'c', 'turn': 0}",
                      JsonKind.OBJECT)
                  .beside("'conversation_id': 'c~b'")),
          Map.entry("max_tokens", Field.of("5", "0", JsonKind.NUMBER)),
          Map.entry("max_completion_tokens", Field.of("5", "0", JsonKind.NUMBER)),
          Map.entry("stop", Field.of("['x']", "['']", JsonKind.LIST, JsonKind.TEXT)),
          Map.entry("stream", Field.of("true", "", JsonKind.FLAG)),
          Map.entry("safe_prompt", Field.of("true", "", JsonKind.FLAG)),
          Map.entry("reset", Field.of("true", "", JsonKind.FLAG)),
          Map.entry("priority", Field.of("-5", "101", JsonKind.NUMBER)),
          Map.entry("timeout", Field.of("2.5", "0", JsonKind.NUMBER)),
          Map.entry("min_tokens", Field.of("3", "-1", JsonKind.NUMBER)),
          Map.entry("stop_token_ids", Field.of("[3]", "[-1]", JsonKind.LIST)),
          Map.entry("ignore_eos", Field.of("true", "", JsonKind.FLAG)),
          Map.entry("temperature", Field.of("0.5", "-1", JsonKind.NUMBER)),
          Map.entry("top_k", Field.of("5", "-2", JsonKind.NUMBER)),
          Map.entry("typical_p", Field.of("0.5", "0", JsonKind.NUMBER)),
          Map.entry("top_p", Field.of("0.5", "1.5", JsonKind.NUMBER)),
          Map.entry("min_p", Field.of("0.5", "2", JsonKind.NUMBER)),
          Map.entry("seed", Field.of("7", "1.5", JsonKind.NUMBER)),
          Map.entry("presence_penalty", Field.of("1", "2.5", JsonKind.NUMBER)),
          Map.entry("frequency_penalty", Field.of("-1", "-2.5", JsonKind.NUMBER)),
          Map.entry("logit_bias", Field.of("{'5': 1}", "{'5': 101}", JsonKind.OBJECT)),
          Map.entry("bad_words", Field.of("['x']", "[' ']", JsonKind.LIST)),
          Map.entry("repetition_penalty", Field.of("1.5", "0", JsonKind.NUMBER)),
          Map.entry("repeat_penalty", Field.of("1.5", "0", JsonKind.NUMBER)),
          Map.entry("repeat_last_n", Field.of("5", "-2", JsonKind.NUMBER)),
          Map.entry(
              "response_format",
              Field.of("{'type': 'json_object'}", "{'type': 'xml'}", JsonKind.OBJECT)),
          Map.entry(
              "structured_outputs", Field.of("{'regex': 'a'}", "{'regex': 1}", JsonKind.OBJECT)),
          Map.entry(
              "guided_json", Field.of("{'type': 'null'}", "'{'", JsonKind.OBJECT, JsonKind.FLAG)),
          Map.entry("guided_regex", Field.of("'a'", "1", JsonKind.TEXT)),
          Map.entry("guided_choice", Field.of("['a']", "[1]", JsonKind.LIST)),
          Map.entry("guided_grammar", Field.of("'root ::= x'", "1", JsonKind.TEXT)),
          Map.entry("grammar", Field.of("'root ::= x'", "1", JsonKind.TEXT)),
          Map.entry(
              "json_schema", Field.of("{'type': 'null'}", "'{'", JsonKind.OBJECT, JsonKind.FLAG)),
          Map.entry(
              "format", Field.of("'json'", "'xml'", JsonKind.TEXT, JsonKind.OBJECT, JsonKind.FLAG)),
          Map.entry("n", Field.of("2", "17", JsonKind.NUMBER)),
          Map.entry("best_of", Field.of("2", "3", JsonKind.NUMBER).beside("'n': 2")),
          Map.entry("prompt_logprobs", Field.of("1", "21", JsonKind.NUMBER)),
          Map.entry("user", Field.of("'u'", "", JsonKind.TEXT)),
          Map.entry("cache_salt", Field.of("'s'", "", JsonKind.TEXT)),
          Map.entry("metadata", Field.of("{'a': 'b'}", "{'a': 1}", JsonKind.OBJECT)),
          Map.entry("logprobs", Field.of("true", "", JsonKind.FLAG)),
          Map.entry(
              "top_logprobs", Field.of("5", "21", JsonKind.NUMBER).beside("'logprobs': true")),
          Map.entry(
              "stream_options",
              Field.of("{'include_usage': true}", "{'include_usage': 1}", JsonKind.OBJECT)),
          Map.entry(
              "continue_final_message", Field.of("true", "", JsonKind.FLAG).beside(ASSISTANT)),
          Map.entry("add_generation_prompt", Field.of("true", "false", JsonKind.FLAG)));

  /** What they ask for is what there is without them. */
  private static final Set<String> CHANGE_NOTHING =
      Set.of("stream_options", "add_generation_prompt", "best_of");

  /** Without them there is no request, or not the same. */
  private static final Set<String> NEEDED = Set.of("request_id", "conversation_id", "messages");

  private final RequestReader reader = new RequestReader(100_000, UnknownFields.REFUSE);

  static Stream<Arguments> rules() {
    return RequestFields.REQUEST.rules().values().stream()
        .map(rule -> Arguments.of(rule.name(), rule));
  }

  @Test
  void theTableHasAllThatAreRead() {
    assertThat(READ.keySet())
        .containsExactlyInAnyOrderElementsOf(
            RequestFields.REQUEST.rules().values().stream()
                .filter(FieldRule.Read.class::isInstance)
                .map(FieldRule::name)
                .toList());
  }

  @Test
  void everyFieldOfOpenAiIsKnown() {
    assertThat(RequestFields.REQUEST.rules())
        .containsKeys(RequestFields.OPENAI_CHAT.toArray(String[]::new))
        .containsKeys(RequestFields.OPENAI_COMPLETIONS.toArray(String[]::new));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void isHonouredOrRefusedByName(String name, FieldRule rule) {
    switch (rule) {
      case FieldRule.Read _ -> isHonoured(name, READ.get(name));
      case FieldRule.WithoutEffect taken ->
          SAMPLES.forEach(
              (kind, sample) -> {
                if (taken.kind() == JsonKind.ANY || taken.kind() == kind) {
                  assertThat(read(name, sample, "")).as(sample).isEqualTo(plain());
                } else {
                  refuses(name, sample, "");
                }
              });
      case FieldRule.Unsupported refused -> {
        SAMPLES.values().stream()
            .filter(sample -> !isNeutral(refused, sample))
            .forEach(sample -> refuses(name, sample, ""));
        refused
            .taken()
            .forEach(
                neutral ->
                    assertThat(read(name, neutral.value().toString(), "")).isEqualTo(plain()));
      }
    }
    if (!NEEDED.contains(name)) {
      assertThat(read(name, "null", "")).as("null").isEqualTo(plain());
    }
  }

  private void isHonoured(String name, Field field) {
    CompletionRequest request = read(name, field.right(), field.beside());
    CompletionRequest without = read("reset", "false", field.beside().replace("null", MESSAGES));
    if (CHANGE_NOTHING.contains(name)) {
      assertThat(request).isEqualTo(without);
    } else {
      assertThat(request).isNotEqualTo(without);
    }
    if (!field.wrong().isEmpty()) {
      refuses(name, field.wrong(), field.beside());
    }
    SAMPLES.forEach(
        (kind, sample) -> {
          if (!field.kinds().contains(kind)) {
            refuses(name, sample, field.beside());
          }
        });
  }

  private static boolean isNeutral(FieldRule.Unsupported rule, String sample) {
    return rule.taken().stream()
        .anyMatch(neutral -> neutral.value().toString().equals(sample.replace("'", "\"")));
  }

  private CompletionRequest plain() {
    return read("reset", "false", "");
  }

  private void refuses(String name, String value, String beside) {
    assertThatExceptionOfType(InvalidRequestException.class)
        .as("%s: %s", name, value)
        .isThrownBy(() -> read(name, value, beside))
        .satisfies(e -> assertThat(e.parameter()).startsWith(name))
        .satisfies(e -> assertThat(e.getMessage()).startsWith(e.parameter()));
  }

  private CompletionRequest read(String name, String value, String beside) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("request_id", "'r'");
    fields.put("conversation_id", "'c'");
    fields.put("messages", MESSAGES);
    if (!beside.isEmpty()) {
      int colon = beside.indexOf(':');
      fields.put(beside.substring(1, colon - 1), beside.substring(colon + 1));
    }
    fields.put(name, value);
    String json =
        fields.entrySet().stream()
            .map(field -> "'" + field.getKey() + "': " + field.getValue())
            .collect(Collectors.joining(", ", "{", "}"));
    return reader.read(Records.of(json)).but().origin(Optional.empty()).build();
  }
}
