package io.flinkmistral.jobs.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.AnswerShape;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.ModerationReport;
import io.flinkmistral.protocol.PromptLogprobs;
import io.flinkmistral.protocol.RankedToken;
import io.flinkmistral.protocol.Timings;
import io.flinkmistral.protocol.TokenLogprob;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.protocol.Usage;
import io.flinkmistral.protocol.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers of each shape are of the types that OpenAI's clients expect. The same answers are left in
 * {@code target/openai-answers}, where {@code .ci/openai-types} compiles them against the types of
 * OpenAI's own package.
 */
class OpenAiTypesTest {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Path FOLDER = Path.of("target", "openai-answers");

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
          new TokenLogprob("\ufffd", Optional.of(List.of(240, 159)), -0f, List.of()));

  private static final ModerationReport.Judgement JUDGEMENT =
      new ModerationReport.Judgement(
          new Verdict(true, Map.of("pii", true), Map.of("pii", 0.75)), 31);

  private static final AnswerShape REPEATED =
      new AnswerShape(true, Optional.of("u-1"), Map.of("job", "7"));

  private static final AnswerShape TEXT = new AnswerShape(false, Optional.empty(), Map.of());

  /** By name. */
  private static Map<String, CompletionEvent> events() {
    Map<String, CompletionEvent> events = new LinkedHashMap<>();
    events.put("text", completed(new Answer("Grüße 😀", FinishReason.STOP), AnswerShape.CHAT));
    events.put("empty", completed(new Answer("", FinishReason.LENGTH), REPEATED));
    events.put("calls", completed(calls("", Optional.empty()), AnswerShape.CHAT));
    events.put("text-and-calls", completed(calls("So:", Optional.of(LOGPROBS)), REPEATED));
    events.put("logprobs", completed(text(Optional.of(LOGPROBS)), AnswerShape.CHAT));
    events.put("no-logprobs", completed(text(Optional.of(List.of())), AnswerShape.CHAT));
    events.put("continuation", completed(text(Optional.empty()), TEXT));
    events.put("continuation-logprobs", completed(text(Optional.of(LOGPROBS)), TEXT));
    List<Answer> several = List.of(text(Optional.of(LOGPROBS)), calls("", Optional.of(LOGPROBS)));
    PromptLogprobs prompt =
        new PromptLogprobs(List.of(List.of(), List.of(new RankedToken(7, "é", -0.5f, 1))));
    events.put("choices", completed(several, Optional.of(prompt), AnswerShape.CHAT));
    events.put(
        "continuation-choices",
        completed(
            List.of(text(Optional.of(LOGPROBS)), text(Optional.of(List.of()))),
            Optional.of(prompt),
            TEXT));
    events.put("same-choices", completed(Collections.nCopies(16, text(Optional.empty())), TEXT));
    events.put("piece-of-choice", new Chunk("r", "c", 15, 3, " Hi", LOGPROBS, Optional.empty()));
    Answer blocked =
        new Answer("", FinishReason.CONTENT_FILTER)
            .withModeration(new ModerationReport(Optional.of(JUDGEMENT), Optional.empty()));
    events.put("blocked", completed(blocked, AnswerShape.CHAT));
    events.put("continuation-blocked", completed(blocked, TEXT));
    events.put(
        "flagged",
        completed(
            text(Optional.empty())
                .withModeration(
                    new ModerationReport(Optional.of(JUDGEMENT), Optional.of(JUDGEMENT))),
            AnswerShape.CHAT));
    events.put(
        "piece-blocked",
        new Chunk(
            "r",
            "c",
            0,
            0,
            "",
            List.of(),
            Optional.of(
                new CompletionEvent.End(
                    FinishReason.CONTENT_FILTER,
                    Optional.of(new Usage(0, 0, 0)),
                    List.of(),
                    blocked.moderation()))));
    for (ErrorCode code : ErrorCode.values()) {
      events.put("error-" + code.wireName(), rejected("r", "c", "messages", code.wireName()));
    }
    events.put("error-of-nobody", rejected("", "", "", ""));
    events.put("piece", new Chunk("r", "c", 3, " Hi"));
    events.put(
        "piece-logprobs", new Chunk("r", "c", 0, 3, "", LOGPROBS, Optional.of(end(List.of()))));
    events.put("piece-calls", new Chunk("r", "c", 1, 3, "", List.of(), Optional.of(end(CALLS))));
    return events;
  }

  private static Answer text(Optional<List<TokenLogprob>> logprobs) {
    return new Answer("Hi", List.of(), FinishReason.LENGTH, logprobs);
  }

  private static Answer calls(String text, Optional<List<TokenLogprob>> logprobs) {
    return new Answer(text, CALLS, FinishReason.TOOL_CALLS, logprobs);
  }

  private static Completed completed(Answer answer, AnswerShape shape) {
    return completed(List.of(answer), Optional.empty(), shape);
  }

  private static Completed completed(List<Answer> answers, AnswerShape shape) {
    return completed(answers, Optional.empty(), shape);
  }

  private static Completed completed(
      List<Answer> answers, Optional<PromptLogprobs> prompt, AnswerShape shape) {
    return new Completed(
        "r",
        "c",
        "m",
        "fp",
        answers,
        prompt,
        shape,
        new Usage(20, 16, 5, 2),
        new Timings(1_700_000_000_123L, 0, 0, 0),
        Optional.empty());
  }

  private static Rejected rejected(String request, String conversation, String param, String code) {
    return new Rejected(request, conversation, param, code, "no", Optional.empty());
  }

  private static CompletionEvent.End end(List<ToolCall> calls) {
    return new CompletionEvent.End(
        calls.isEmpty() ? FinishReason.STOP : FinishReason.TOOL_CALLS,
        Optional.of(new Usage(20, 16, 5)),
        calls);
  }

  static Stream<String> names() {
    return events().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void anAnswerIsOfOpenAisTypes(String name) throws Exception {
    byte[] json = AnswerWriter.write(events().get(name));
    assertThat(OpenAiTypes.errors(MAPPER.readTree(json))).isEmpty();
    Files.createDirectories(FOLDER);
    Files.write(FOLDER.resolve(name + ".json"), json);
  }

  /** A schema that takes anything would hold nothing. */
  @Test
  void anAnswerThatLacksAnythingIsNot() {
    for (String name : List.of("calls", "logprobs", "continuation-logprobs", "error-queue_full")) {
      JsonNode answer = MAPPER.readTree(AnswerWriter.write(events().get(name)));
      List<String> taken = new ArrayList<>();
      spoil(answer, answer, "", taken);
      assertThat(taken).as(name).allMatch(path -> path.matches(OUR_OWN));
    }
  }

  /** What clients need not find, or is not of OpenAI. */
  private static final String OUR_OWN =
      "/(conversation_id|request_id|timings.*|usage|system_fingerprint)( left out)?"
          + "|/usage/prompt_tokens_details.* left out"
          + "|/usage/prompt_tokens_details/dropped_turns"
          + "|/choices/0/logprobs/top_logprobs/0/.* left out"
          + "|/choices/0/message/tool_calls left out";

  /** Leaves out each property, and makes each value one of another type. */
  private static void spoil(JsonNode answer, JsonNode at, String path, List<String> taken) {
    if (at instanceof ObjectNode object) {
      for (String name : List.copyOf(object.propertyNames())) {
        String inside = path + "/" + name;
        JsonNode before = object.remove(name);
        note(answer, inside + " left out", taken);
        object.set(name, MAPPER.createArrayNode().add(MAPPER.createArrayNode()));
        note(answer, inside, taken);
        object.set(name, before);
        spoil(answer, before, inside, taken);
      }
    } else if (at instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        JsonNode before = array.get(i);
        array.set(i, MAPPER.createArrayNode());
        note(answer, path + "/" + i, taken);
        array.set(i, before);
        spoil(answer, before, path + "/" + i, taken);
      }
    }
  }

  private static void note(JsonNode answer, String path, List<String> taken) {
    if (OpenAiTypes.errors(answer).isEmpty()) {
      taken.add(path);
    }
  }
}
