package io.flinkmistral.jobs.gateway.openai.responses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ResponseRequestTest {
  private static final JsonMapper MAPPER = new JsonMapper();

  private static ResponseRequest read(String json) {
    return ResponseRequest.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  private static JsonNode messages(String input) {
    return read("{'input': " + input + "}").asked().fields().get("messages");
  }

  private static JsonNode json(String text) {
    return MAPPER.readTree(text.replace('\'', '"'));
  }

  @Test
  void itemsAreMessages() {
    assertThat(messages("'Hi'")).isEqualTo(json("[{'role': 'user', 'content': 'Hi'}]"));
    assertThat(
            messages(
                """
                [{'role': 'developer', 'content': [{'type': 'input_text', 'text': 'Be '}, {'type': 'input_text', 'text': 'brief.'}]},
                 {'type': 'message', 'role': 'user', 'content': 'Hi'},
                 {'type': 'message', 'id': 'msg_1', 'status': 'completed', 'role': 'assistant', 'phase': null,
                  'content': [{'type': 'output_text', 'text': 'Ho', 'annotations': [], 'logprobs': []}]},
                 {'type': 'function_call', 'id': 'fc_1', 'status': 'completed', 'call_id': 'a', 'name': 'f', 'arguments': '{}'},
                 {'type': 'function_call', 'call_id': 'b', 'name': 'g', 'arguments': '{}'},
                 {'type': 'function_call_output', 'call_id': 'a', 'output': '1'},
                 {'type': 'function_call_output', 'call_id': 'b', 'output': [{'type': 'input_text', 'text': '2'}]}]
                """))
        .isEqualTo(
            json(
                """
                [{'role': 'developer', 'content': 'Be brief.'}, {'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Ho'},
                 {'role': 'assistant', 'content': null, 'tool_calls': [
                   {'id': 'a', 'type': 'function', 'function': {'name': 'f', 'arguments': '{}'}},
                   {'id': 'b', 'type': 'function', 'function': {'name': 'g', 'arguments': '{}'}}]},
                 {'role': 'tool', 'tool_call_id': 'a', 'content': '1'}, {'role': 'tool', 'tool_call_id': 'b', 'content': '2'}]
                """));
  }

  @Test
  void fieldsAreInTheWordsOfTheTopics() {
    ResponseRequest request =
        read(
            """
            {'input': 'Hi', 'model': 'm', 'instructions': 'Be brief.', 'max_output_tokens': 5, 'temperature': 0.5, 'top_p': 0.9, 'seed': 3,
             'metadata': {'a': 'b'}, 'user': 'u', 'store': true, 'stream': true, 'stream_options': {'include_obfuscation': false},
             'tools': [{'type': 'function', 'name': 'f', 'description': null, 'parameters': {}, 'strict': true}],
             'tool_choice': {'type': 'function', 'name': 'f'}, 'parallel_tool_calls': false, 'include': ['reasoning.encrypted_content'],
             'text': {'format': {'type': 'json_object'}, 'verbosity': 'medium'}, 'reasoning': {'effort': null, 'summary': null},
             'background': false, 'truncation': 'disabled', 'max_tool_calls': 3, 'conversation': null, 'prompt': null}
            """);
    assertThat(json(request.asked().fields().toString()))
        .isEqualTo(
            json(
                """
                {'messages': [{'role': 'user', 'content': 'Hi'}], 'instructions': 'Be brief.', 'max_tokens': 5, 'temperature': 0.5,
                 'top_p': 0.9, 'seed': 3, 'metadata': {'a': 'b'}, 'user': 'u', 'history': 'append', 'truncation': 'disabled',
                 'tools': [{'type': 'function', 'function': {'name': 'f', 'parameters': {}, 'strict': true}}],
                 'tool_choice': {'type': 'function', 'function': {'name': 'f'}}, 'parallel_tool_calls': false,
                 'response_format': {'type': 'json_object'}, 'prompt': null}
                """));
    assertThat(request.asked().model()).isEqualTo("m");
    assertThat(request.asked().stream()).isTrue();
    assertThat(request.stored()).isTrue();
    assertThat(request.repeated().get("tools"))
        .isEqualTo(
            json(
                "[{'type': 'function', 'name': 'f', 'description': null, 'parameters': {},"
                    + " 'strict': true}]"));
    assertThat(request.repeated().at("/text/format/type").asString()).isEqualTo("json_object");
    assertThat(read("{'input': 'Hi', 'store': false}").stored()).isFalse();
    ResponseRequest told = read("{'input': 'Hi', 'include': ['message.output_text.logprobs']}");
    assertThat(told.asked().fields().path("logprobs").asBoolean()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "input | {}",
        "input | {'input': []}",
        "input | {'input': 7}",
        "input[0] | {'input': ['Hi']}",
        "input[0].role | {'input': [{'content': 'Hi'}]}",
        "input[0].role | {'input': [{'role': 'tool', 'content': 'Hi'}]}",
        "input[0].content | {'input': [{'role': 'user'}]}",
        "input[0].content | {'input': [{'role': 'user', 'content': 7}]}",
        "input[0].name | {'input': [{'role': 'user', 'content': 'Hi', 'name': 'Ann'}]}",
        "input[0].content[0].type | {'input': [{'role': 'user', 'content': [{'type':"
            + " 'input_image'}]}]}",
        "input[0].content[0].text | {'input': [{'role': 'user', 'content': [{'type':"
            + " 'input_text'}]}]}",
        "input[0].type | {'input': [{'type': 'item_reference', 'id': 'x'}]}",
        "input[0].type | {'input': [{'type': 'reasoning', 'summary': []}]}",
        "input[0].call_id | {'input': [{'type': 'function_call_output', 'output': '1'}]}",
        "input[0].arguments | {'input': [{'type': 'function_call', 'call_id': 'a', 'name': 'f'}]}",
        "tools | {'input': 'Hi', 'tools': {}}",
        "tools[0].type | {'input': 'Hi', 'tools': [{'type': 'web_search'}]}",
        "tools[0].async | {'input': 'Hi', 'tools': [{'type': 'function', 'name': 'f', 'async':"
            + " true}]}",
        "tools[0].kind | {'input': 'Hi', 'tools': [{'type': 'function', 'name': 'f', 'kind': 1}]}",
        "tool_choice.type | {'input': 'Hi', 'tool_choice': {'type': 'allowed_tools'}}",
        "text.format.type | {'input': 'Hi', 'text': {'format': {'type': 'grammar'}}}",
        "text.format.schema | {'input': 'Hi', 'text': {'format': {'type': 'json_schema', 'name':"
            + " 'n'}}}",
        "text.verbosity | {'input': 'Hi', 'text': {'verbosity': 'low'}}",
        "max_output_tokens | {'input': 'Hi', 'max_output_tokens': 0}",
        "max_tool_calls | {'input': 'Hi', 'max_tool_calls': 'many'}",
        "background | {'input': 'Hi', 'background': true}",
        "truncation | {'input': 'Hi', 'truncation': 'auto'}",
        "reasoning.effort | {'input': 'Hi', 'reasoning': {'effort': 'low'}}",
        "include | {'input': 'Hi', 'include': ['everything']}",
        "context_management | {'input': 'Hi', 'context_management': [{'type': 'compaction'}]}",
        "prompt | {'input': 'Hi', 'prompt': {'id': 'p'}}",
        "stream_options | {'input': 'Hi', 'stream_options': {}}",
        "stream_options.include_usage | {'input': 'Hi', 'stream': true, 'stream_options':"
            + " {'include_usage': true}}",
        "store | {'input': 'Hi', 'store': 'yes'}",
        "messages | {'input': 'Hi', 'messages': []}",
        "max_tokens | {'input': 'Hi', 'max_tokens': 5}",
        "n | {'input': 'Hi', 'n': 2}",
        "fork | {'input': 'Hi', 'fork': {}}",
        "conversation_ttl | {'input': 'Hi', 'conversation_ttl': 5}",
        "previous_response_id | {'input': 'Hi', 'previous_response_id': 'resp_1'}",
        "previous_response_id | {'input': 'Hi', 'previous_response_id': 7}",
        "conversation | {'input': 'Hi', 'conversation': ''}",
        "conversation.name | {'input': 'Hi', 'conversation': {'id': 'a', 'name': 'b'}}",
      })
  void whatCannotBeIsRefusedByItsName(String parameter, String body) {
    assertThatThrownBy(() -> read(body))
        .isInstanceOfSatisfying(
            ApiException.class,
            e -> {
              assertThat(e.body().at("/error/param").asString()).isEqualTo(parameter);
              assertThat(e.status()).isEqualTo(400);
            });
  }

  @Test
  void aTurnAndAConversationExcludeEachOther() {
    String id = new ResponseId.Turn("c", 1, 1).text();
    assertThatThrownBy(
            () ->
                read(
                    "{'input': 'Hi', 'conversation': 'c', 'previous_response_id': '%s'}"
                        .formatted(id)))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("exclude");
    assertThat(read("{'input': 'Hi', 'previous_response_id': '%s'}".formatted(id)).previous())
        .contains(new ResponseId.Turn("c", 1, 1));
  }
}
