package io.flinkmistral.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.generation.text.AnswerSoFar;
import io.flinkmistral.generation.text.AnswerTokens;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.template.InstructTemplate;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceTokenizer;
import io.flinkmistral.tokenizer.sentencepiece.Vocabularies;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers with a mark of tool calls, as they are drawn token by token. */
@Timeout(60)
class ToolCallsTest {
  private static final Tokenizer TOKENIZER = new SentencePieceTokenizer(Vocabularies.V3);
  private static final InstructTemplate V3 = InstructTemplate.ofName("v3");
  private static final int MARK = 5;
  private static final int EOS = 2;
  private static final KvLayout LAYOUT = new KvLayout(1, 1, 1, 16, KvType.F16);

  private static final String WEATHER =
      "[{\"name\": \"weather\", \"arguments\": {\"city\": \"K\u00f6ln\", \"days\": 1.50},"
          + " \"id\": \"a1B2c3D4e\"}]";

  @Test
  void aListOfCallsComesOutAsCalls() {
    Answer answer = answer(MARK, WEATHER, EOS);
    assertThat(answer.reason()).isEqualTo(FinishReason.TOOL_CALLS);
    assertThat(answer.text()).isEmpty();
    assertThat(answer.calls())
        .containsExactly(
            new ToolCall("a1B2c3D4e", "weather", "{\"city\": \"K\u00f6ln\", \"days\": 1.50}"));
    assertThat(answer.pieces()).as("what is streamed").isEqualTo(WEATHER);
  }

  @Test
  void historyKeepsTheTokensAsDrawn() {
    Generation generation = generation(100);
    List<Integer> drawn = ids(MARK, WEATHER, EOS);
    drawn.forEach(id -> generation.accept(id, Optional.empty()));
    assertThat(generation.completion().orElseThrow().historyTokens())
        .containsExactly(drawn.stream().mapToInt(Integer::intValue).toArray());
  }

  @Test
  void argumentsMayBeATextAndOtherFieldsAreIgnored() {
    Answer answer =
        answer(
            MARK,
            " [ {\"type\":[\"function\"],\"arguments\":\"{\\\"a\\\":1}\",\"name\":\"f\"}"
                + ", {\"name\": \"x\", \"name\": \"g\", \"arguments\": \"\"} ] ",
            EOS);
    assertThat(answer.calls())
        .extracting(ToolCall::name, ToolCall::arguments)
        .containsExactly(tuple("f", "{\"a\":1}"), tuple("g", "{}"));
  }

  @Test
  void callsWithoutAnIdOfTheirOwnGetOneThatIsTheSameInEveryReplay() {
    String four =
        "[{\"name\": \"f\", \"arguments\": {}}, {\"name\": \"f\", \"arguments\": {}, \"id\":"
            + " \"1\"}, {\"name\": \"f\", \"arguments\": {}, \"id\": \"a1B2c3D4e\"}, {\"name\":"
            + " \"f\", \"arguments\": {}, \"id\": \"a1B2c3D4e\"}]";
    List<String> ids = callIds("r", four);
    assertThat(ids).hasSize(4).doesNotHaveDuplicates().allMatch(id -> id.matches("[A-Za-z0-9]{9}"));
    assertThat(ids.get(2)).isEqualTo("a1B2c3D4e");
    assertThat(callIds("r", four)).isEqualTo(ids);
    assertThat(callIds("other", four).subList(0, 2)).doesNotContainAnyElementsOf(ids.subList(0, 2));
    for (String id : ids) {
      ChatMessage result = new ChatMessage(Role.TOOL, "7", List.of(), id);
      assertThat(V3.renderTurn(TOKENIZER, false, List.of(result), List.of())).startsWith(8);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "7",
        "{\"name\": \"f\", \"arguments\": {}}",
        "[{\"name\": \"f\"}]",
        "[{\"arguments\": {}}]",
        "[{\"name\": \"\", \"arguments\": {}}]",
        "[{\"name\": 7, \"arguments\": {}}]",
        "[{\"name\": \"f\", \"arguments\": null}]",
        "[{\"name\": \"f\", \"arguments\": [1]}]",
        "[{\"name\": \"f\", \"arguments\": {}}, 7]",
        "[{\"name\": \"f\", \"arguments\": {}}] and more",
        "[{\"name\": \"f\", \"arguments\": {}}][{\"name\": \"f\", \"arguments\": {}}]",
        "[{\"name\": \"f\", \"arguments\": {}}",
        "[{\"name\": \"f\", \"arguments\": {\"a\": ",
        "[{'name': 'f', 'arguments': {}}]",
        "I would call f."
      })
  void whatIsNoListOfCallsStaysText(String text) {
    Answer answer = answer(MARK, text, EOS);
    assertThat(answer.reason()).isEqualTo(FinishReason.STOP);
    assertThat(answer.calls()).isEmpty();
    assertThat(answer.text()).isEqualTo(text);
  }

  @Test
  void nestingBeyondAllMeasureIsText() {
    String deep = "[{\"name\": \"f\", \"arguments\": " + "{\"a\":".repeat(5000);
    assertThat(answer(MARK, deep, EOS).text()).isEqualTo(deep);
  }

  @Test
  void withoutTheMarkAListIsText() {
    Answer answer = answer(WEATHER, EOS);
    assertThat(answer.reason()).isEqualTo(FinishReason.STOP);
    assertThat(answer.text()).isEqualTo(WEATHER);
  }

  @Test
  void textBeforeTheMarkIsKept() {
    Answer answer = answer("Let me see.", MARK, WEATHER, EOS);
    assertThat(answer.reason()).isEqualTo(FinishReason.TOOL_CALLS);
    assertThat(answer.text()).isEqualTo("Let me see.");
    assertThat(answer.calls()).hasSize(1);
  }

  @Test
  void callsThatAreCutOffAreText() {
    List<Integer> ids = ids(MARK, WEATHER);
    Generation generation = generation(ids.size() - 3);
    ids.subList(0, ids.size() - 3).forEach(id -> generation.accept(id, Optional.empty()));
    assertThat(generation.completion().map(Completion::finishReason)).contains(FinishReason.LENGTH);
    Completion completion = generation.completion().orElseThrow();
    assertThat(completion.toolCalls()).isEmpty();
    assertThat(WEATHER).startsWith(completion.text());
    assertThat(completion.text()).isNotEmpty();
  }

  @Test
  void callsThatAreCompleteWhereTheLimitIsReachedAreCalls() {
    List<Integer> ids = ids(MARK, WEATHER);
    Generation generation = generation(ids.size());
    ids.forEach(id -> generation.accept(id, Optional.empty()));
    assertThat(generation.completion().map(Completion::finishReason))
        .contains(FinishReason.TOOL_CALLS);
  }

  @Test
  void anyOfSeveralEndsEndsAnAnswerAndHasNoText() {
    for (int end : new int[] {EOS, 10, 1027 + 400}) {
      Generation generation = generation(100);
      ids("Hello", end).forEach(id -> generation.accept(id, Optional.empty()));
      assertThat(generation.completion().map(Completion::finishReason)).contains(FinishReason.STOP);
      assertThat(generation.completion().orElseThrow().text()).isEqualTo("Hello");
      assertThat(generation.completion().orElseThrow().historyTokens()).endsWith(EOS);
    }
  }

  private record Answer(FinishReason reason, String text, List<ToolCall> calls, String pieces) {}

  private static Answer answer(Object... parts) {
    return answer(generation(100_000), parts);
  }

  private static Answer answer(Generation generation, Object... parts) {
    StringBuilder pieces = new StringBuilder();
    for (int id : ids(parts)) {
      assertThat(generation.completion()).isEmpty();
      generation.accept(id, Optional.empty()).ifPresent(piece -> pieces.append(piece.text()));
    }
    Completion completion = generation.completion().orElseThrow();
    return new Answer(
        completion.finishReason(), completion.text(), completion.toolCalls(), pieces.toString());
  }

  private static List<String> callIds(String requestId, String calls) {
    Generation generation = generation(requestId, 100_000);
    return answer(generation, MARK, calls, EOS).calls().stream().map(ToolCall::id).toList();
  }

  /** Ids, and texts that are encoded. */
  private static List<Integer> ids(Object... parts) {
    List<Integer> ids = new ArrayList<>();
    for (Object part : parts) {
      switch (part) {
        case Integer id -> ids.add(id);
        case String text -> {
          for (int id : TOKENIZER.encode(text)) {
            ids.add(id);
          }
        }
        default -> throw new IllegalArgumentException("no part of an answer: " + part);
      }
    }
    return ids;
  }

  private static Generation generation(int maxTokens) {
    return generation("r", maxTokens);
  }

  private static Generation generation(String requestId, int maxTokens) {
    return new Generation(
        CompletionRequest.ofUser(requestId, "c", "?"),
        new int[] {1, 3, 4},
        AnswerSoFar.nothing(0),
        0,
        new KvCache(LAYOUT, OptionalInt.empty(), new KvPagePool(LAYOUT), 0),
        Vocabularies.V3.tokenizer(),
        new AnswerTokens(EOS, Set.of(EOS, 10, 1027 + 400), V3.toolCallsId(Vocabularies.V3)),
        Optional.empty(),
        new Generation.Limits(maxTokens, 1 << 20));
  }
}
