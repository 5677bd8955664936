package io.flinkmistral.jobs.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.OutputConstraint;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConstraintReaderTest {
  private static final String SCHEMA = "{\"type\":\"object\",\"properties\":{\"b\":{},\"a\":{}}}";

  private static Optional<OutputConstraint> read(String fields) {
    String json =
        "{'conversation_id': 'c', 'messages': [{'role': 'user', 'content': 'Hi'}], " + fields + "}";
    return new RequestReader(10_000, UnknownFields.REFUSE).read(Records.of(json)).constraint();
  }

  private static void assertRefused(String fields, String parameter, String words) {
    assertThatThrownBy(() -> read(fields))
        .isInstanceOf(InvalidRequestException.class)
        .hasFieldOrPropertyWithValue("parameter", parameter)
        .hasMessageContaining(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'response_format': {'type': 'text'}",
        "'response_format': null",
        "'structured_outputs': {}",
        "'structured_outputs': {'in_prompt': false, 'json_object': false}",
        "'grammar': ''",
        "'format': ''",
        "'guided_json': null"
      })
  void whatAsksForNothingHoldsToNothing(String fields) {
    assertThat(read(fields)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'response_format': {'type': 'json_object'}",
        "'structured_outputs': {'json_object': true}",
        "'format': 'json'"
      })
  void anyObject(String fields) {
    assertThat(read(fields)).contains(new OutputConstraint.JsonObject());
  }

  /** As an object or as a text; its properties stay in their order. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "'response_format': {'type': 'json_schema', 'json_schema': {'name': 'n', 'strict': true,"
            + " 'schema': %s}}",
        "'response_format': {'type': 'json_schema', 'json_schema': {'schema': %s, 'description':"
            + " null}}",
        "'response_format': {'type': 'json_object', 'schema': %s}",
        "'structured_outputs': {'json': %s, 'whitespace_pattern': ' '}",
        "'guided_json': %s, 'guided_decoding_backend': 'outlines'",
        "'json_schema': %s",
        "'format': %s"
      })
  void aSchemaInAnyOfItsPlaces(String fields) {
    assertThat(read(fields.formatted(SCHEMA.replace('"', '\''))))
        .contains(new OutputConstraint.JsonSchema(SCHEMA, true));
  }

  @Test
  void aSchemaAsText() {
    assertThat(read("'structured_outputs': {'json': '{\\\"type\\\": \\\"null\\\"}'}"))
        .contains(new OutputConstraint.JsonSchema("{\"type\":\"null\"}", true));
    assertThat(read("'structured_outputs': {'json': true}"))
        .contains(new OutputConstraint.JsonSchema("true", true));
  }

  @Test
  void aSchemaIsNotShownWhereThatIsSwitchedOff() {
    OutputConstraint hidden = new OutputConstraint.JsonSchema("{\"type\":\"null\"}", false);
    assertThat(read("'structured_outputs': {'json': {'type': 'null'}, 'in_prompt': false}"))
        .contains(hidden);
    assertThat(
            read(
                "'structured_outputs': {'in_prompt': false}, 'response_format': {'type':"
                    + " 'json_schema', 'json_schema': {'schema': {'type': 'null'}}}"))
        .contains(hidden);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"'structured_outputs': {'choice': ['a', 'b']}", "'guided_choice': ['a', 'b']"})
  void choices(String fields) {
    assertThat(read(fields)).contains(new OutputConstraint.Choice(List.of("a", "b")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"'structured_outputs': {'regex': 'a+'}", "'guided_regex': 'a+'"})
  void regularExpressions(String fields) {
    assertThat(read(fields)).contains(new OutputConstraint.Regex("a+"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'structured_outputs': {'grammar': 'root ::= [a]'}",
        "'guided_grammar': 'root ::= [a]'",
        "'grammar': 'root ::= [a]'"
      })
  void grammars(String fields) {
    assertThat(read(fields)).contains(new OutputConstraint.Gbnf("root ::= [a]"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'response_format': {} | response_format.type | missing",
        "'response_format': {'type': 'xml'} | response_format.type | \"json_schema\", but is"
            + " \"xml\"",
        "'response_format': {'type': 'json_schema'} | response_format.json_schema | missing",
        "'response_format': {'type': 'json_schema', 'json_schema': {'name': 'n'}} |"
            + " response_format.json_schema.schema | missing",
        "'response_format': {'type': 'json_schema', 'json_schema': {'strict': 'yes', 'schema': {}}}"
            + " | response_format.json_schema.strict | true or false",
        "'response_format': {'type': 'text', 'size': 1} | response_format.size | not known",
        "'structured_outputs': {'json': [1]} | structured_outputs.json | a JSON schema, but is a"
            + " list",
        "'structured_outputs': {'json': '{'} | structured_outputs.json | a text that is none",
        "'structured_outputs': {'choice': 'a'} | structured_outputs.choice | a list",
        "'structured_outputs': {'structural_tag': 'a'} | structured_outputs.structural_tag | use"
            + " json",
        "'structured_outputs': {'regex': 'a', 'choice': ['b']} | structured_outputs.regex | and so"
            + " does structured_outputs.choice",
        "'response_format': {'type': 'json_object'}, 'grammar': 'root ::= [a]' | grammar | and so"
            + " does response_format.type"
      })
  void whatIsNoFormIsRefusedByName(String fields, String parameter, String words) {
    assertRefused(fields, parameter, words);
  }
}
