package io.flinkmistral.jobs.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.ForkPoint;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Penalties;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SafePrompt;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.StopConditions;
import io.flinkmistral.protocol.ToolCall;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestReaderTest {
  private static final String HI = "'messages': [{'role': 'user', 'content': 'Hi'}]";

  private final RequestReader reader = new RequestReader(10_000, UnknownFields.REFUSE);

  @Test
  void readsEveryField() {
    SourceRecord record =
        Records.of(
            """
            {'request_id': 'r-17', 'conversation_id': 'c-4', 'messages': [{'role': 'user', 'content': 'Hi'}],
             'max_tokens': 128, 'temperature': 0.7, 'top_p': 0.95, 'top_k': 40, 'min_p': 0.1, 'seed': 7,
             'stop': ['\\n\\n', 'END'], 'stream': true, 'reset': true}\
            """);
    assertThat(reader.read(record))
        .isEqualTo(
            CompletionRequest.ofUser("r-17", "c-4", "Hi")
                .but()
                .stop(StopConditions.DEFAULT.withMaxTokens(128).withTexts(List.of("\n\n", "END")))
                .sampling(new SamplingParams(0.7, 0.95, 40, 0.1, OptionalLong.of(7)))
                .stream()
                .reset(true)
                .origin(Optional.of(record))
                .build());
  }

  @Test
  void theSafePromptStandsBeforeAllMessages() {
    CompletionRequest request =
        reader.read(
            Records.of(
                """
                {'conversation_id': 'c', 'safe_prompt': true, 'messages': [
                 {'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': 'Hi'}]}\
                """));
    assertThat(request.messages())
        .containsExactly(
            new ChatMessage(Role.SYSTEM, SafePrompt.TEXT),
            new ChatMessage(Role.SYSTEM, "Be brief."),
            new ChatMessage(Role.USER, "Hi"));
    assertThatThrownBy(
            () ->
                reader.read(
                    Records.of("{'conversation_id': 'c', 'safe_prompt': true, 'prompt': 'Once'}")))
        .hasMessage("safe_prompt needs messages: a prompt is taken as it is");
  }

  @Test
  void takesDefaultsForWhatIsAbsentOrNull() {
    SourceRecord record =
        Records.of(
            "{'conversation_id': 'c', 'seed': null, 'stop': null, 'max_tokens': null, " + HI + "}");
    CompletionRequest request = reader.read(record, 1764500000000L);
    assertThat(request)
        .isEqualTo(
            CompletionRequest.ofUser("prompts-3-17-1764500000000", "c", "Hi")
                .but()
                .origin(Optional.of(record))
                .build());
  }

  @Test
  void readsWhereAConversationBranchesOff() {
    String json =
        """
        {"conversation_id": "c-4~b", "messages": [{"role": "user", "content": "Hi"}],
         "fork": {"conversation_id": "c-4", "turn": 2}}\
        """;
    assertThat(read("c-4", json).fork()).contains(new ForkPoint("c-4", 2));
    assertRefused(() -> read("c-4~b", json), "conversation_id", "up to the ~");
    assertRefused(() -> read("c-4", json.replace("2}", "0}")), "fork.turn", "but is 0");
    assertRefused(() -> read("c-4", json.replace(", \"turn\": 2", "")), "fork.turn", "missing");
    assertRefused(
        () -> read("c-4", json.replace("\"c-4\", \"turn\"", "\"c-5\", \"turn\"")),
        "conversation_id",
        "c-5~");
  }

  private static CompletionRequest read(String key, String json) {
    return new RequestReader(1000, UnknownFields.REFUSE)
        .read(
            new SourceRecord(
                "prompts",
                0,
                0,
                key.getBytes(StandardCharsets.UTF_8),
                json.getBytes(StandardCharsets.UTF_8),
                List.of()));
  }

  private static void assertRefused(
      ThrowableAssert.ThrowingCallable reading, String parameter, String words) {
    assertThatThrownBy(reading)
        .isInstanceOf(InvalidRequestException.class)
        .hasFieldOrPropertyWithValue("parameter", parameter)
        .hasMessageContaining(words);
  }

  @Test
  void takesValuesThatAskForNothing() {
    CompletionRequest plain = read("'reset': false");
    for (String field :
        List.of(
            "'store': true, 'model': 'gpt-4', 'stream_options': {'include_usage': true}",
            "'metadata': {}",
            "'continue_final_message': false, 'add_generation_prompt': true",
            "'n': 1, 'n_probs': 0.0, 'logprobs': false, 'top_logprobs': null, 'echo': false",
            "'frequency_penalty': 0.0, 'presence_penalty': 0, 'repetition_penalty': 1.0",
            "'response_format': {'type': 'text'}, 'logit_bias': {}, 'stream_options': null",
            "'parallel_tool_calls': true, 'tools': []",
            "'tool_choice': 'auto', 'min_tokens': 0, 'stop_token_ids': []",
            "'anything': null",
            "'top_k': -1")) {
      assertThat(withoutOrigin(read(field))).as(field).isEqualTo(withoutOrigin(plain));
    }
  }

  @Test
  void passesOverWhatItDoesNotKnowWhereItIsTold() {
    String fields =
        "'echo': true, 'colour': 'pink', 'messages': [{'role': 'user', 'content': 'Hi', 'name':"
            + " 'Ben', 'x': 1}]";
    SourceRecord record = Records.of("{'conversation_id': 'c', " + fields + "}");
    assertThat(withoutOrigin(new RequestReader(10_000, UnknownFields.IGNORE).read(record)))
        .isEqualTo(withoutOrigin(read("'reset': false")));
  }

  private static CompletionRequest withoutOrigin(CompletionRequest request) {
    return request.but().origin(Optional.empty()).build();
  }

  @Test
  void aNameInAMessageHasNoEffect() {
    String named = "{'role': 'user', 'content': 'Hi', 'name': 'Ben'}";
    assertThat(
            reader
                .read(Records.of("{'conversation_id': 'c', 'messages': [" + named + "]}"))
                .messages())
        .containsExactly(new ChatMessage(Role.USER, "Hi"));
  }

  @Test
  void readsHowTheAnswerIsGiven() {
    assertThat(
            read("'logprobs': true, 'stream': true, 'user': 'u', 'metadata': {'b': '', 'a': 'x'}")
                .options())
        .isEqualTo(
            new AnswerOptions(
                true,
                1,
                OptionalInt.of(0),
                OptionalInt.empty(),
                Optional.of("u"),
                Map.of("b", "", "a", "x"),
                Optional.empty()));
    assertThat(read("'logprobs': true, 'top_logprobs': 20").options().topLogprobs()).hasValue(20);
    assertThat(read("'logprobs': false, 'top_logprobs': 0").options().topLogprobs()).isEmpty();
    StringBuilder entries = new StringBuilder("'a': 'x'");
    for (int i = 1; i < 17; i++) {
      entries.append(", 'e").append(i).append("': 'x'");
    }
    assertRefused(
        () -> read("'metadata': {" + entries + "}"), "metadata", "17 entries, but at most 16");
    assertRefused(
        () -> read("'metadata': {'a': '" + "x".repeat(513) + "'}"), "metadata.a", "at most 512");
    assertRefused(
        () -> read("'metadata': {'" + "x".repeat(65) + "': ''}"),
        "metadata." + "x".repeat(60) + "…",
        "than 64");
  }

  @Test
  void readsHowManyAnswersThereAre() {
    assertThat(read("'n': 16").options().choices()).isEqualTo(16);
    assertThat(read("'n': 3.0, 'best_of': 3").options().choices()).isEqualTo(3);
    assertThat(read("'n': null, 'best_of': 1").options().choices()).isEqualTo(1);
    for (String odd : List.of("0", "17", "-1", "1.5", "'2'", "true", "[2]")) {
      assertRefused(() -> read("'n': " + odd), "n", "n ");
    }
    assertRefused(() -> read("'n': 2, 'best_of': 5"), "best_of", "must be n, which is 2, but is 5");
    assertRefused(() -> read("'best_of': 5"), "best_of", "which is 1");
    assertRefused(() -> read("'n': 2, 'best_of': 1"), "best_of", "which is 2");
    assertThat(read("'prompt_logprobs': 0").options().promptLogprobs()).hasValue(0);
    for (String odd : List.of("-1", "21", "true", "0.5")) {
      assertRefused(() -> read("'prompt_logprobs': " + odd), "prompt_logprobs", "prompt_logprobs");
    }
  }

  @Test
  void readsATextInPlaceOfMessages() {
    CompletionRequest request =
        reader.read(Records.of("{'conversation_id': 'c', 'prompt': 'Once', 'logprobs': 3}"));
    assertThat(request.prompt()).isEqualTo(new Prompt.Text("Once"));
    assertThat(request.options().topLogprobs()).hasValue(3);
    String beside = "{'conversation_id': 'c', 'prompt': 'Once', %s}";
    for (String[] wrong :
        List.of(
            new String[] {"'logprobs': true", "logprobs"},
            new String[] {"'logprobs': 21", "logprobs"},
            new String[] {"'top_logprobs': 1", "top_logprobs"},
            new String[] {"'continue_final_message': true", "continue_final_message"},
            new String[] {"'tools': [{'function': {'name': 'f'}}]", "tools"},
            new String[] {"'suffix': 'x'", "suffix"},
            new String[] {"'echo': true", "echo"},
            new String[] {"'history': 'full'", "history"})) {
      assertRefused(() -> reader.read(Records.of(beside.formatted(wrong[0]))), wrong[1], wrong[1]);
    }
    assertRefused(
        () -> reader.read(Records.of("{'conversation_id': 'c', 'prompt': ''}")),
        "prompt",
        "must not be empty");
  }

  @Test
  void readsTheBeginningOfAnAnswer() {
    String messages =
        "'messages': [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Oh'%s}]";
    Prompt begun =
        new Prompt.Chat(
            List.of(new ChatMessage(Role.USER, "Hi"), new ChatMessage(Role.ASSISTANT, "Oh")),
            List.of(),
            true);
    for (String fields :
        List.of(
            messages.formatted(", 'prefix': true"),
            messages.formatted("") + ", 'continue_final_message': true",
            messages.formatted("")
                + ", 'continue_final_message': true, 'add_generation_prompt': false")) {
      assertThat(reader.read(Records.of("{'conversation_id': 'c', " + fields + "}")).prompt())
          .isEqualTo(begun);
    }
    assertRefused(
        () ->
            reader.read(
                Records.of(
                    "{'conversation_id': 'c', "
                        + messages.formatted("")
                        + ", 'continue_final_message': true, 'add_generation_prompt': true}")),
        "add_generation_prompt",
        "must be false");
  }

  @Test
  void readsHowTokensAreChosen() {
    CompletionRequest request =
        read(
            """
            'typical_p': 0.9, 'presence_penalty': -2, 'frequency_penalty': 1.5,
            'repetition_penalty': 1.1, 'repeat_last_n': 20, 'logit_bias': {'17': 5, '3': -1.5},
            'bad_words': ['owl', 'a cat'], 'min_tokens': 4, 'stop_token_ids': [7, 8.0],
            'ignore_eos': true\
            """);
    assertThat(request.sampling())
        .isEqualTo(
            SamplingParams.DEFAULT
                .withTypicalP(0.9)
                .withPenalties(new Penalties(-2, 1.5, 1.1, 20))
                .withLogitBias(Map.of(17, 5f, 3, -1.5f))
                .withBadWords(List.of("owl", "a cat")));
    assertThat(request.stop())
        .isEqualTo(
            StopConditions.DEFAULT
                .withMinTokens(4)
                .withTokenIds(List.of(7, 8))
                .withIgnoreEos(true));
  }

  /** Each name of the penalty has the default that its users know. */
  @Test
  void readsBothNamesOfTheRepetitionPenalty() {
    assertThat(penalties("'repetition_penalty': 1.5")).isEqualTo(new Penalties(0, 0, 1.5, -1));
    assertThat(penalties("'repeat_penalty': 1.5")).isEqualTo(new Penalties(0, 0, 1.5, 64));
    assertThat(penalties("'repeat_penalty': 1.5, 'repeat_last_n': -1"))
        .isEqualTo(new Penalties(0, 0, 1.5, -1));
    assertThat(penalties("'repeat_penalty': 1.5, 'repetition_penalty': 1.5"))
        .isEqualTo(new Penalties(0, 0, 1.5, -1));
    assertRefused(
        () -> read("'repeat_penalty': 1.5, 'repetition_penalty': 1.2"),
        "repeat_penalty",
        "leave one of them out");
  }

  private Penalties penalties(String fields) {
    return read(fields).sampling().penalties();
  }

  @Test
  void readsTheNewerNameOfMaxTokens() {
    assertThat(read("'max_completion_tokens': 4").stop().maxTokens()).hasValue(4);
    assertThat(read("'max_completion_tokens': 4, 'max_tokens': 4").stop().maxTokens()).hasValue(4);
    assertRefused(
        () -> read("'max_completion_tokens': 4, 'max_tokens': 5"),
        "max_completion_tokens",
        "leave one of them out");
  }

  @Test
  void readsWholeNumbersHoweverTheyAreSpelled() {
    assertThat(read("'max_tokens': 5.0").stop().maxTokens()).hasValue(5);
    assertThat(read("'top_k': 1e2").sampling().topK()).isEqualTo(100);
    assertThat(read("'seed': 7.0").sampling().seed()).hasValue(7);
    assertThat(read("'seed': -9223372036854775808").sampling().seed()).hasValue(Long.MIN_VALUE);
  }

  @Test
  void readsADeveloperAsTheSystem() {
    assertThat(
            reader
                .read(
                    Records.of(
                        "{'conversation_id': 'c', 'messages': [{'role': 'developer', 'content': 'Be"
                            + " brief.'}]}"))
                .messages())
        .containsExactly(new ChatMessage(Role.SYSTEM, "Be brief."));
  }

  @Test
  void readsPartsAsOneText() {
    String parts = "[{'type': 'text', 'text': 'My name'}, {'type': 'text', 'text': ' is Sofia.'}]";
    assertThat(
            reader
                .read(
                    Records.of(
                        "{'conversation_id': 'c', 'messages': [{'role': 'user', 'content': "
                            + parts
                            + "}]}"))
                .messages())
        .containsExactly(new ChatMessage(Role.USER, "My name is Sofia."));
  }

  @Test
  void readsBehindAByteOrderMark() {
    assertThat(reader.read(Records.of("\ufeff{'conversation_id': 'c', " + HI + "}")).messages())
        .containsExactly(new ChatMessage(Role.USER, "Hi"));
  }

  @Test
  void refusesIdsAndNamesThatAreTooLong() {
    String longest = "é".repeat(512);
    assertThat(read("'request_id': '" + longest + "'").requestId()).isEqualTo(longest);
    refuses(
        Records.of("{'conversation_id': 'c', 'request_id': '" + longest + "x', " + HI + "}"),
        "request_id",
        "request_id has 1025 bytes, but at most 1024 are allowed");
    refuses(
        Records.of("{'conversation_id': '" + longest + "x', " + HI + "}"),
        "conversation_id",
        "conversation_id has 1025 bytes, but at most 1024 are allowed");
    assertRefused(
        () -> read("'fork': {'conversation_id': '" + longest + "x', 'turn': 1}"),
        "fork.conversation_id",
        "1025 bytes");
    String tool = "'tools': [{'type': 'function', 'function': {'name': '%s'}}]";
    assertThat(read(tool.formatted("f".repeat(256))).tools()).hasSize(1);
    assertRefused(
        () -> read(tool.formatted("f".repeat(257))),
        "tools[0].function.name",
        "has 257 bytes, but at most 256 are allowed");
  }

  @Test
  void whatIsRefusedIsNamedInFewWordsHoweverLongItIs() {
    String name = "n".repeat(1000);
    for (String field :
        List.of(
            "'" + name + "': 1",
            "'tool_choice': '" + name + "'",
            "'messages': [{'role': '" + name + "', 'content': 'Hi'}]",
            "'n': " + "9".repeat(1000),
            "'seed': " + "9".repeat(1000),
            "'" + "\\u202e".repeat(100) + "\\ud800': 1",
            "'fork': {'conversation_id': '" + name + "', 'turn': 1}")) {
      assertThatExceptionOfType(InvalidRequestException.class)
          .as(field)
          .isThrownBy(
              () -> reader.read(Records.of("{'conversation_id': 'c', " + field + ", " + HI + "}")))
          .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400))
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\u202e", "\ud800"))
          .satisfies(e -> assertThat(e.parameter()).hasSizeLessThan(100));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"temperature", "top_p", "min_p"})
  void refusesNumbersThatAreTooGreatForAny(String field) {
    for (String number : List.of("1e400", "9".repeat(310), "-" + "9".repeat(310), "1e999999999")) {
      assertRefused(() -> read("'" + field + "': " + number), field, field + " must be ");
    }
  }

  @Test
  void readsStopAsOneText() {
    assertThat(read("'stop': 'END'").stop().texts()).containsExactly("END");
  }

  @ParameterizedTest
  @CsvSource({
    "1e400, Infinity",
    "-1e400, -Infinity",
    "1e-400, 0.0",
    "1e3, 1000.0",
    "1.50, 1.5",
    "-0.0, -0.0",
    "123456789012345678901234567890, 123456789012345678901234567890",
  })
  void numbersOfToolsAreNumbersHoweverGreat(String number, String text) {
    String tool = "'tools': [{'function': {'name': 'f', 'parameters': {'maximum': %s}}}]";
    assertThat(read(tool.formatted(number)).tools())
        .containsExactly(
            """
            {"function":{"name":"f","parameters":{"maximum":%s}}}\
            """
                .formatted(text));
  }

  @Test
  void keepsToolsAsJsonText() {
    assertThat(read("'tools': [{'type': 'function', 'function': {'name': 'größe'}}]").tools())
        .containsExactly(
            """
            {"type":"function","function":{"name":"größe"}}\
            """);
  }

  @Test
  void readsToolCallsAndTheirResults() {
    CompletionRequest request =
        reader.read(
            Records.of(
                """
                {'conversation_id': 'c', 'messages': [
                  {'role': 'assistant', 'content': null, 'tool_calls': [
                    {'id': 'abcdefghi', 'type': 'function', 'function': {'name': 'f', 'arguments': '{}'}}]},
                  {'role': 'tool', 'content': '5', 'tool_call_id': 'abcdefghi'}]}\
                """));
    assertThat(request.messages())
        .containsExactly(
            new ChatMessage(Role.ASSISTANT, "", List.of(new ToolCall("abcdefghi", "f", "{}")), ""),
            new ChatMessage(Role.TOOL, "5", List.of(), "abcdefghi"));
  }

  @Test
  void acceptsAKeyThatIsTheConversation() {
    byte[] value = Records.of("{'conversation_id': 'ö', " + HI + "}").value();
    byte[] key = "ö".getBytes(StandardCharsets.UTF_8);
    assertThat(reader.read(Records.of(key, value)).conversationId()).isEqualTo("ö");
  }

  @Test
  void refusesAKeyThatIsAnotherConversation() {
    byte[] value = Records.of("{'conversation_id': 'c-4', " + HI + "}").value();
    refuses(
        Records.of("c-5".getBytes(StandardCharsets.UTF_8), value),
        "conversation_id",
        "conversation_id \"c-4\" is not the record's key \"c-5\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          # fields of the request         | parameter               | message
          'max_tokens': -1                | max_tokens              | max_tokens must be 1 or more, but is -1
          'max_tokens': 1.5               | max_tokens              | max_tokens must be an integer of 32 bits, but is 1.5
          'max_tokens': 4294967297        | max_tokens              | max_tokens must be an integer of 32 bits, but is 4294967297
          'max_tokens': '5'               | max_tokens              | max_tokens must be an integer of 32 bits, but is a text
          'top_k': 1.5                    | top_k                   | top_k must be an integer of 32 bits, but is 1.5
          'top_k': -2                     | top_k                   | top_k must be 0 (all) or more, but is -2
          'max_completion_tokens': 0      | max_completion_tokens   | max_completion_tokens must be 1 or more, but is 0
          'seed': 1e999999999             | seed                    | seed must be an integer of 64 bits, but is Infinity
          'seed': 1e18                    | seed                    | seed must be an integer of 64 bits, but is 1.0E18
          'colour': 'pink'                | colour                  | colour is not known as a field of a request: leave it out, or set option request.unknown-fields to ignore
          'max_token': 5                  | max_token               | max_token is not known as a field of a request: leave it out, or set option request.unknown-fields to ignore; did you mean max_tokens?
          'n': 17                         | n                       | n must be from 1 to 16, but is 17
          'best_of': 2                    | best_of                 | best_of must be n, which is 1, but is 2: ask for all as n, and choose by their logprobs
          'logprobs': 2                   | logprobs                | logprobs must be true or false, but is 2
          'top_logprobs': 2               | top_logprobs            | top_logprobs needs logprobs: true
          'logprobs': true, 'top_logprobs': 21 | top_logprobs       | top_logprobs must be from 0 to 20, but is 21
          'metadata': {'a': [1]}          | metadata.a              | metadata.a must be a text, but is a list
          'metadata': 'x'                 | metadata                | metadata must be an object, but is a text
          'user': 5                       | user                    | user must be a text, but is 5
          'model': 5                      | model                   | model must be a text, but is 5
          'stream_options': true          | stream_options          | stream_options must be an object, but is true
          'stream_options': {'include_usage': 1} | stream_options.include_usage | stream_options.include_usage must be true or false, but is 1
          'prompt': 'Once'                | messages                | messages stands beside prompt, which is a text without messages: leave one of them out
          'prompt': ['Once']              | prompt                  | prompt must be a text, but is a list
          'continue_final_message': true  | continue_final_message  | continue_final_message needs a last message of the assistant, which is a text
          'add_generation_prompt': false  | add_generation_prompt   | add_generation_prompt must be true beside continue_final_message: false
          'random_seed': 7                | random_seed             | random_seed is not supported: use seed
          'tool_choice': 'required'       | tool_choice             | tool_choice asks for a call, but there are no tools
          'tool_choice': 'always'         | tool_choice             | tool_choice must be "auto", "none", "required", or an object that names a function, but is "always"
          'tool_choice': {'type': 'function', 'function': {'name': 7}} | tool_choice.function.name | tool_choice.function.name must be a text, but is 7
          'tools': [{'type': 'function'}] | tools[0].function       | tools[0].function is missing
          'tools': [{'name': 'f'}]        | tools[0].name           | tools[0].name is not known as a field of a tool: leave it out, or set option request.unknown-fields to ignore
          'tools': [{'type': 'code', 'function': {'name': 'f'}}] | tools[0].type | tools[0].type must be function, but is "code"
          'tools': [{'function': {'name': 'f', 'parameters': 5}}] | tools[0].function.parameters | tools[0].function.parameters must be an object, but is 5
          'fork': {'conversation_id': 'c', 'turn': 1, 'at': 2} | fork.at | fork.at is not known as a field of a fork: leave it out, or set option request.unknown-fields to ignore
          'seed': 9223372036854775808     | seed                    | seed must be an integer of 64 bits, but is 9223372036854775808
          'temperature': 'hot'            | temperature             | temperature must be a number, but is a text
          'temperature': -0.5             | temperature             | temperature must be from 0 to 100, but is -0.5
          'temperature': 1e999            | temperature             | temperature must be from 0 to 100, but is Infinity
          'top_p': 0                      | top_p                   | top_p must be above 0, at most 1, but is 0.0
          'stream': 'yes'                 | stream                  | stream must be true or false, but is a text
          'typical_p': 0                  | typical_p               | typical_p must be above 0, at most 1, but is 0.0
          'presence_penalty': 2.5         | presence_penalty        | presence_penalty must be from -2 to 2, but is 2.5
          'frequency_penalty': -3         | frequency_penalty       | frequency_penalty must be from -2 to 2, but is -3.0
          'frequency_penalty': '1'        | frequency_penalty       | frequency_penalty must be a number, but is a text
          'repetition_penalty': 0         | repetition_penalty      | repetition_penalty must be above 0, at most 100, but is 0.0
          'repeat_penalty': -1            | repeat_penalty          | repeat_penalty must be above 0, at most 100, but is -1.0
          'repeat_last_n': -2             | repeat_last_n           | repeat_last_n must be -1 (all), 0 (none) or more, but is -2
          'logit_bias': [1]               | logit_bias              | logit_bias must be an object, but is a list
          'logit_bias': {'owl': 1}        | logit_bias              | logit_bias names tokens by their ids, such as "1734", but one is "owl"
          'logit_bias': {'01': 1}         | logit_bias              | logit_bias names tokens by their ids, such as "1734", but one is "01"
          'logit_bias': {'-1': 1}         | logit_bias.-1           | logit_bias names tokens by ids of 0 or more, but one is -1
          'logit_bias': {'1': 'x'}        | logit_bias.1            | logit_bias.1 must be a number, but is a text
          'logit_bias': {'1': 101}        | logit_bias.1            | logit_bias.1 must be from -100 to 100, but is 101.0
          'bad_words': 'owl'              | bad_words               | bad_words must be a list, but is a text
          'bad_words': [' ']              | bad_words               | bad_words must not hold an empty text
          'min_tokens': -1                | min_tokens              | min_tokens must be 0 or more, but is -1
          'min_tokens': 5, 'max_tokens': 4 | min_tokens             | min_tokens must be at most max_tokens, which is 4, but is 5
          'stop_token_ids': 2             | stop_token_ids          | stop_token_ids must be a list, but is 2
          'stop_token_ids': [1.5]         | stop_token_ids[0]       | stop_token_ids[0] must be an integer of 32 bits, but is 1.5
          'stop_token_ids': [-1]          | stop_token_ids          | stop_token_ids must be 0 or more, but one is -1
          'ignore_eos': 1                 | ignore_eos              | ignore_eos must be true or false, but is 1
          'reset': 1                      | reset                   | reset must be true or false, but is 1
          'stop': 3                       | stop                    | stop must be a text or a list of texts, but is 3
          'stop': ['a', {}]               | stop[1]                 | stop[1] must be a text, but is an object
          'stop': ['']                    | stop                    | stop must not hold an empty text
          'tools': {}                     | tools                   | tools must be a list, but is an object
          'tools': ['f']                  | tools[0]                | tools[0] must be an object, but is a text
          'request_id': 17                | request_id              | request_id must be a text, but is 17
          'request_id': ''                | request_id              | request_id must not be empty
          'request_id': 'a\\ud800b'       | request_id              | request_id has half a surrogate pair, \\ud800, at character 1
          """)
  void refusesABadField(String field, String parameter, String message) {
    refuses(
        Records.of("{'conversation_id': 'c', " + HI + ", " + field.replace("\\\\", "\\") + "}"),
        parameter,
        message.replace("\\\\", "\\"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          # messages                                     | parameter               | message
          []                                             | messages                | messages must have at least one message
          'Hi'                                           | messages                | messages must be a list, but is a text
          ['Hi']                                         | messages[0]             | messages[0] must be an object, but is a text
          [{'role': 'user'}]                             | messages[0].content     | messages[0].content is missing
          [{'content': 'Hi'}]                            | messages[0].role        | messages[0].role is missing
          [{'role': 'robot', 'content': 'Hi'}]           | messages[0].role        | messages[0].role must be one of system, user, assistant, tool, but is "robot"
          [{'role': 'User', 'content': 'Hi'}]            | messages[0].role        | messages[0].role must be one of system, user, assistant, tool, but is "User"
          [{'role': 'user', 'content': ['Hi']}]          | messages[0].content[0]  | messages[0].content[0] must be an object, but is a text
          [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {}}]}] | messages[0].content[0].type | messages[0].content[0].type must be text, which is all that the model reads, but is "image_url"
          [{'role': 'user', 'content': 'Hi', 'name': 5}] | messages[0].name        | messages[0].name must be a text, but is 5
          [{'role': 'user', 'content': 'Hi', 'prefix': true}] | messages[0].prefix  | messages[0].prefix can be true on the last message alone, a text of the assistant
          [{'role': 'assistant', 'content': 'Hi', 'prefix': true}, {'role': 'user', 'content': 'Hi'}] | messages[0].prefix | messages[0].prefix can be true on the last message alone, a text of the assistant
          [{'role': 'user', 'content': 'Hi', 'prefix': 'yes'}] | messages[0].prefix | messages[0].prefix must be true or false, but is a text
          [{'role': 'function', 'name': 'f', 'content': '1'}] | messages[0].role   | messages[0].role must be one of system, user, assistant, tool, but is "function"
          [{'role': 'tool', 'content': '5'}]             | messages[0].tool_call_id | messages[0].tool_call_id is missing
          [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'tool_calls': [{'id': 'x'}]}] | messages[1].tool_calls[0].function | messages[1].tool_calls[0].function is missing
          [{'role': 'user', 'content': 'Hi', 'tool_calls': [{'id': 'x', 'function': {'name': 'f', 'arguments': '{}'}}]}] | messages[0].tool_calls | messages[0].tool_calls must stand in messages of the assistant only
          """)
  void refusesBadMessages(String messages, String parameter, String message) {
    refuses(
        Records.of("{'conversation_id': 'c', 'messages': " + messages + "}"), parameter, message);
  }

  @Test
  void refusesARequestWithoutConversationOrMessages() {
    refuses(Records.of("{" + HI + "}"), "conversation_id", "conversation_id is missing");
    refuses(
        Records.of("{'conversation_id': null, " + HI + "}"),
        "conversation_id",
        "conversation_id is missing");
    refuses(
        Records.of("{'conversation_id': '', " + HI + "}"),
        "conversation_id",
        "conversation_id must not be empty");
    refuses(Records.of("{'conversation_id': 'c'}"), "messages", "messages is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          # record                        | message
          Hi                              | the record is no JSON: Unrecognized token 'Hi'
          {'a': 1                         | the record is no JSON: Unexpected end-of-input
          {'a': 1} x                      | the record is no JSON: Unrecognized token 'x'
          {'a': 1} {'b': 2}               | the record is no JSON: Trailing token
          {'a': 1, 'a': 1}                | the record is no JSON: Duplicate
          {'a': NaN}                      | the record is no JSON: Non-standard token 'NaN'
          [1]                             | the record must be a JSON object, but is a list
          null                            | the record must be a JSON object, but is null
          `  `                            | the record must be a JSON object, but is empty
          """)
  void refusesWhatIsNoJsonObject(String record, String message) {
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> reader.read(Records.of(record)))
        .withMessageStartingWith(message)
        .returns("", InvalidRequestException::parameter);
  }

  @Test
  void saysWhereTheJsonEnds() {
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> reader.read(Records.of("{'conversation_id': 'c',\n oops}")))
        .withMessageContaining("(line 2, column 2)");
  }

  @Test
  void refusesBytesThatAreNoUtf8() {
    byte[] value = "{\"conversation_id\": \"c\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);
    refuses(Records.of(null, value), "", "the record is no UTF-8: byte 0xe9 at offset 22 of 25");
    refuses(
        Records.of(null, new byte[] {'{', (byte) 0xc3}),
        "",
        "the record is no UTF-8: byte 0xc3 at offset 1 of 2");
  }

  @Test
  void refusesARecordWithoutValue() {
    refuses(Records.of(null, null), "", "the record has no value");
  }

  @Test
  void refusesDeepNesting() {
    int depth = StrictJson.MAX_DEPTH + 1;
    String value = "{'a': " + "[".repeat(depth) + "]".repeat(depth) + "}";
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> reader.read(Records.of(value)))
        .withMessageContaining("nesting depth");
  }

  @Test
  void refusesARecordLongerThanAllowed() {
    SourceRecord record = Records.of("{'conversation_id': 'c', " + HI + "}");
    int length = record.value().length;
    assertThat(new RequestReader(length, UnknownFields.REFUSE).read(record).conversationId())
        .isEqualTo("c");
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> new RequestReader(length - 1, UnknownFields.REFUSE).read(record))
        .withMessage(
            "the record has %d bytes, but at most %d are allowed".formatted(length, length - 1))
        .returns(ErrorCode.REQUEST_TOO_LARGE, InvalidRequestException::code);
  }

  private CompletionRequest read(String fields) {
    return reader.read(Records.of("{'conversation_id': 'c', " + HI + ", " + fields + "}"));
  }

  private void refuses(SourceRecord record, String parameter, String message) {
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> reader.read(record))
        .withMessage(message)
        .returns(parameter, InvalidRequestException::parameter);
  }
}
