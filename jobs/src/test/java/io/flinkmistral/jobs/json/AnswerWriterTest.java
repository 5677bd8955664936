package io.flinkmistral.jobs.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.AnswerShape;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.PromptLogprobs;
import io.flinkmistral.protocol.RankedToken;
import io.flinkmistral.protocol.Timings;
import io.flinkmistral.protocol.TokenLogprob;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.protocol.Usage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AnswerWriterTest {
  private static final List<ToolCall> CALLS =
      List.of(
          new ToolCall("a1B2c3D4e", "weather", "{\"city\": \"Köln\"}"),
          new ToolCall("000000001", "now", "{}"));

  private static final List<TokenLogprob> LOGPROBS =
      List.of(
          new TokenLogprob(
              "Hi",
              Optional.of(List.of(72, 105)),
              -0.5f,
              List.of(
                  new TokenLogprob("Hi", Optional.of(List.of(72, 105)), -0.5f, List.of()),
                  new TokenLogprob("</s>", Optional.empty(), -9999, List.of()))),
          new TokenLogprob("\ufffd", Optional.of(List.of(240, 159)), -0f, List.of()),
          new TokenLogprob("\ufffd", Optional.of(List.of(152, 128)), -1.25f, List.of()));

  @Test
  void writesACompletion() {
    assertThat(
            json(
                new Completed(
                    "r-17",
                    "c-4",
                    "tiny-mistral",
                    "fp-1",
                    List.of(new Answer("Grüße, \"Welt\"\n😀", FinishReason.LENGTH)),
                    Optional.empty(),
                    AnswerShape.CHAT,
                    new Usage(20, 16, 5),
                    new Timings(1_700_000_000_123L, 1, 20, 300, 32),
                    Optional.empty())))
        .isEqualTo(
            """
            {"id":"chatcmpl-3284941a8676b06e615ca4a11a3c6366","object":"chat.completion","created":1700000000,"model":"tiny-mistral",\
            "request_id":"r-17","conversation_id":"c-4",\
            "choices":[{"index":0,"message":{"role":"assistant","content":"Grüße, \\"Welt\\"\\n😀","refusal":null},\
            "logprobs":null,"finish_reason":"length"}],\
            "usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25,\
            "prompt_tokens_details":{"cached_tokens":16}},\
            "timings":{"queued_ms":1,"prompt_ms":20,"completion_ms":300,"shared_tokens":32},"system_fingerprint":"fp-1"}\
            """);
  }

  @Test
  void writesCallsOfTools() {
    Completed calls =
        new Completed(
            "r",
            "c",
            "m",
            "fp-1",
            List.of(new Answer("", CALLS, FinishReason.TOOL_CALLS, Optional.empty())),
            Optional.empty(),
            AnswerShape.CHAT,
            new Usage(20, 16, 5),
            new Timings(0, 0, 0, 0),
            Optional.empty());
    assertThat(json(calls))
        .contains(
            """
            "message":{"role":"assistant","content":null,"tool_calls":[\
            {"id":"a1B2c3D4e","type":"function","function":{"name":"weather","arguments":"{\\"city\\": \\"Köln\\"}"}},\
            {"id":"000000001","type":"function","function":{"name":"now","arguments":"{}"}}],"refusal":null},\
            "logprobs":null,"finish_reason":"tool_calls"}\
            """);
  }

  @Test
  void writesProbabilitiesOfTokens() {
    Answer answer = new Answer("Hi😀", List.of(), FinishReason.STOP, Optional.of(LOGPROBS));
    assertThat(json(completed(answer, AnswerShape.CHAT)))
        .contains(
            """
            "logprobs":{"content":[{"token":"Hi","logprob":-0.5,"bytes":[72,105],"top_logprobs":[\
            {"token":"Hi","logprob":-0.5,"bytes":[72,105]},{"token":"</s>","logprob":-9999.0,"bytes":null}]},\
            {"token":"\ufffd","logprob":0.0,"bytes":[240,159],"top_logprobs":[]},\
            {"token":"\ufffd","logprob":-1.25,"bytes":[152,128],"top_logprobs":[]}],"refusal":null},\
            "finish_reason":"stop"}\
            """);
    assertThat(json(new Chunk("r", "c", 1, 2, "x", LOGPROBS.subList(2, 3), Optional.empty())))
        .endsWith(
            """
            "choice":1,"index":2,"text":"x","logprobs":{"content":[{"token":"\ufffd","logprob":-1.25,"bytes":[152,128],\
            "top_logprobs":[]}],"refusal":null}}\
            """);
  }

  @Test
  void writesTheContinuationOfAText() {
    Answer answer = new Answer("Hi😀", List.of(), FinishReason.STOP, Optional.of(LOGPROBS));
    AnswerShape text =
        new AnswerShape(false, Optional.of("u-1"), new TreeMap<>(Map.of("a", "1", "b", "é")));
    String json = json(completed(answer, text));
    assertThat(json)
        .startsWith("{\"id\":\"cmpl-")
        .contains(
            """
            "choices":[{"index":0,"text":"Hi😀","logprobs":{"tokens":["Hi","\ufffd","\ufffd"],\
            "token_logprobs":[-0.5,0.0,-1.25],"top_logprobs":[{"Hi":-0.5,"</s>":-9999.0},{},{}],\
            "text_offset":[0,2,3]},"finish_reason":"stop"}]\
            """)
        .contains("\"object\":\"text_completion\"")
        .endsWith(",\"user\":\"u-1\",\"metadata\":{\"a\":\"1\",\"b\":\"é\"}}")
        .doesNotContain("message");
    assertThat(json(completed(new Answer("Hi", FinishReason.STOP), text)))
        .contains("\"text\":\"Hi\",\"logprobs\":null,\"finish_reason\"");
  }

  private static Completed completed(Answer answer, AnswerShape shape) {
    return new Completed(
        "r",
        "c",
        "m",
        "fp",
        List.of(answer),
        Optional.empty(),
        shape,
        new Usage(1, 0, 1),
        new Timings(0, 0, 0, 0),
        Optional.empty());
  }

  /** As vLLM's server has them: of a message beside the choices, of a text in each of them. */
  @Test
  void writesChoicesAndProbabilitiesOfThePrompt() {
    List<Answer> answers =
        List.of(new Answer("a", FinishReason.STOP), new Answer("b", FinishReason.LENGTH));
    PromptLogprobs prompt =
        new PromptLogprobs(
            List.of(
                List.of(),
                List.of(new RankedToken(7, "é", -1.5f, 3), new RankedToken(4, "</s>", -0f, 1))));
    String told =
        """
        "prompt_logprobs":[null,{"7":{"logprob":-1.5,"rank":3,"decoded_token":"é"},\
        "4":{"logprob":0.0,"rank":1,"decoded_token":"</s>"}}]\
        """;
    assertThat(json(completed(answers, prompt, AnswerShape.CHAT)))
        .contains(
            """
            "choices":[{"index":0,"message":{"role":"assistant","content":"a","refusal":null},\
            "logprobs":null,"finish_reason":"stop"},\
            {"index":1,"message":{"role":"assistant","content":"b","refusal":null},\
            "logprobs":null,"finish_reason":"length"}],\
            """
                + told
                + ",\"usage\":");
    AnswerShape text = new AnswerShape(false, Optional.empty(), Map.of());
    assertThat(json(completed(answers, prompt, text)))
        .contains(
            """
            "choices":[{"index":0,"text":"a","logprobs":null,%s,"finish_reason":"stop"},\
            {"index":1,"text":"b","logprobs":null,%s,"finish_reason":"length"}],"usage":\
            """
                .formatted(told, told));
  }

  private static Completed completed(
      List<Answer> answers, PromptLogprobs prompt, AnswerShape shape) {
    return new Completed(
        "r",
        "c",
        "m",
        "fp",
        answers,
        Optional.of(prompt),
        shape,
        new Usage(1, 0, 1),
        new Timings(0, 0, 0, 0),
        Optional.empty());
  }

  /** A reader of pieces needs nothing else to know how the answer ended. */
  @Test
  void theLastPieceSaysHowTheAnswerEnded() {
    CompletionEvent.End end =
        new CompletionEvent.End(
            FinishReason.TOOL_CALLS, Optional.of(new Usage(20, 16, 5)), CALLS.subList(1, 2));
    assertThat(json(new Chunk("r", "c", 0, 5, "", List.of(), Optional.of(end))))
        .isEqualTo(
            """
            {"request_id":"r","conversation_id":"c","choice":0,"index":5,"text":"",\
            "tool_calls":[{"id":"000000001","type":"function","function":{"name":"now","arguments":"{}"}}],\
            "finish_reason":"tool_calls","usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25,\
            "prompt_tokens_details":{"cached_tokens":16}}}\
            """);
  }

  @Test
  void anAnswersIdIsOfOneConversationAndRequestAlone() {
    List<String> ids =
        Stream.of(
                completed("r-1", "c-1"),
                completed("r-1", "c-2"),
                completed("r-2", "c-1"),
                completed("1r", "c-"),
                completed("r", "c-1"),
                completed("x".repeat(1024), "c".repeat(1024)))
            .map(AnswerId::of)
            .toList();
    assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("chatcmpl-[0-9a-f]{32}"));
    assertThat(AnswerId.of(completed("r-1", "c-1"))).isEqualTo(ids.getFirst());
  }

  private static Completed completed(String requestId, String conversationId) {
    return new Completed(
        requestId,
        conversationId,
        "m",
        "fp",
        List.of(new Answer("Hi", FinishReason.STOP)),
        Optional.empty(),
        AnswerShape.CHAT,
        new Usage(1, 0, 1),
        new Timings(0, 0, 0, 0),
        Optional.empty());
  }

  @Test
  void writesAStreamedToken() {
    assertThat(json(new Chunk("r", "c", 3, " Hi")))
        .isEqualTo(
            """
            {"request_id":"r","conversation_id":"c","choice":0,"index":3,"text":" Hi"}\
            """);
    assertThat(
            json(
                new Chunk(
                    "r",
                    "c",
                    0,
                    4,
                    "",
                    List.of(),
                    Optional.of(
                        new CompletionEvent.End(FinishReason.STOP, Optional.empty(), List.of())))))
        .isEqualTo(
            """
            {"request_id":"r","conversation_id":"c","choice":0,"index":4,"text":"","finish_reason":"stop"}\
            """);
  }

  @Test
  void writesAnError() {
    assertThat(
            json(
                new Rejected(
                    "r", "c", "top_p", "invalid_value", "top_p must be …", Optional.empty())))
        .isEqualTo(
            """
            {"request_id":"r","conversation_id":"c","error":{"message":"top_p must be …",\
            "type":"invalid_request_error","param":"top_p","code":"invalid_value"}}\
            """);
    assertThat(json(new Rejected("r", "", "", "", "no JSON", Optional.empty())))
        .isEqualTo(
            """
            {"request_id":"r","conversation_id":null,"error":{"message":"no JSON",\
            "type":"invalid_request_error","param":null,"code":null}}\
            """);
  }

  @Test
  void canWriteWhatTheReaderSaysOfHalfACharacter() {
    InvalidRequestException e =
        catchThrowableOfType(
            InvalidRequestException.class,
            () ->
                new RequestReader(1000, UnknownFields.REFUSE)
                    .read(Records.of("{'request_id': 'r', 😀}")));
    assertThat(json(new Rejected("r", "c", "", "invalid_json", e.getMessage(), Optional.empty())))
        .contains("the record is no JSON: Unexpected character");
  }

  private static String json(CompletionEvent event) {
    return new String(AnswerWriter.write(event), StandardCharsets.UTF_8);
  }
}
