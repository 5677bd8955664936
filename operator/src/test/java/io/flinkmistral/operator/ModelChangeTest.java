package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.assertSameAnswers;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.reset;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.generation.TinyVariants;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Another model keeps the dialogue, and drops what was computed of it and what was half written.
 */
@Timeout(120)
class ModelChangeTest {

  @Test
  void theDialogueIsKeptAndItsKeysAndValuesAreComputedAgain() throws Exception {
    Configuration other = options().set(MistralOptions.KV_TYPE, "f32");
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.send(request("b", "c", "Spell the word bell."));
      operator.runUntilAnswered(2);
      state = operator.snapshot();
    }
    int prompt;
    try (OperatorHarness operator = new OperatorHarness(other, 1, 0)) {
      operator.open(state);
      operator.send(request("d", "c", "Who am I?"));
      operator.send(request("e", "c", "Spell the word owl."));
      operator.runUntilAnswered(2);
      assertThat(operator.textOf("d")).contains("Sofia");
      assertThat(operator.completed("d").usage().cachedTokens()).isZero();
      prompt = operator.completed("d").usage().promptTokens();
      int takenIn = operator.completed("d").usage().totalTokens() - 1;
      assertThat(operator.completed("e").usage().cachedTokens()).isEqualTo(takenIn / 16 * 16);
    }
    try (OperatorHarness held = OperatorHarness.opened(other)) {
      held.send(request("a", "c", "My name is Sofia."));
      held.send(request("b", "c", "Spell the word bell."));
      held.send(request("d", "c", "Who am I?"));
      held.runUntilAnswered(3);
      assertThat(held.completed("d").usage().promptTokens()).isEqualTo(prompt);
    }
  }

  @Test
  void anAnswerThatWasHalfWrittenIsWhollyThatOfTheNewModel() throws Exception {
    Configuration other = options().set(MistralOptions.KV_TYPE, "q8_0");
    List<CompletionRequest> requests =
        List.of(
            sampled("a1", "a", "My name is Sofia.", 10),
            sampled("a2", "a", STORY, 60),
            sampled("a3", "a", "Who am I?", 10));
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntil(events -> piecesOf("a2", events) >= 20);
      state = operator.snapshot();
      assertThat(operator.answers()).containsOnlyKeys("a1");
    }
    Map<String, CompletionEvent> restored;
    try (OperatorHarness operator = new OperatorHarness(other, 1, 0)) {
      operator.open(state);
      operator.runUntil(events -> piecesOf("a2", events) >= 20);
      state = operator.snapshot();
    }
    // Twice: what is restored then was begun by this model.
    try (OperatorHarness operator = new OperatorHarness(other, 1, 0)) {
      operator.open(state);
      operator.runUntilAnswered(2);
      restored = operator.answers();
    }
    assertThat(restored.values())
        .extracting(event -> ((CompletionEvent.Completed) event).fingerprint())
        .containsOnly(OperatorHarness.model(other).systemFingerprint());
    // The same, but that the first request had been answered and nothing else had begun.
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(requests.getFirst());
      operator.runUntilAnswered(1);
      state = operator.snapshot();
    }
    try (OperatorHarness operator = new OperatorHarness(other, 1, 0)) {
      operator.open(state);
      operator.send(requests.get(1));
      operator.send(requests.get(2));
      operator.runUntilAnswered(2);
      assertSameAnswers(restored, operator.answers());
    }
  }

  @Test
  void withAnotherTokenizerAnAnswerBeginsAnewWhereThereIsNoHistory(@TempDir Path folder)
      throws Exception {
    Configuration other = withAnotherTokenizer(folder);
    CompletionRequest request = sampled("a", "c", STORY, 40);
    OperatorSubtaskState state = halfWritten(options(), request);
    Map<String, CompletionEvent> alone;
    try (OperatorHarness operator = OperatorHarness.opened(other)) {
      operator.send(request);
      operator.runUntilAnswered(1);
      alone = operator.answers();
    }
    try (OperatorHarness operator = new OperatorHarness(other, 1, 0)) {
      operator.open(state);
      operator.send(request("b", "c", "Who am I?"));
      operator.runUntilAnswered(2);
      assertThat(operator.completed("b").finishReason()).isEqualTo(FinishReason.STOP);
      assertSameAnswers(Map.of("a", operator.completed("a")), alone);
    }
  }

  @Test
  void withAnotherTokenizerAnAnswerWithAHistoryEndsWithAnErrorThatSaysSo(@TempDir Path folder)
      throws Exception {
    OperatorSubtaskState state =
        halfWritten(
            options(),
            request("a1", "c", "My name is Sofia."),
            sampled("a2", "c", STORY, 40),
            request("a3", "c", "Who am I?"));
    try (OperatorHarness operator = new OperatorHarness(withAnotherTokenizer(folder), 1, 0)) {
      operator.open(state);
      operator.send(reset("a4", "c", "Spell the word bell."));
      operator.runUntilAnswered(3);
      for (String id : List.of("a2", "a3")) {
        CompletionEvent.Rejected refused = (CompletionEvent.Rejected) operator.answers().get(id);
        assertThat(refused.message()).contains("another tokenizer", "reset: true");
      }
      assertThat(operator.completed("a4").usage().cachedTokens()).isZero();
    }
  }

  @Test
  void withAnotherTemplateAnAnswerBeginsAnewAfterTheHistoryAsItIs(@TempDir Path folder)
      throws Exception {
    String model = TinyVariants.withControlPieces(folder.resolve("v3.gguf")).toString();
    Configuration one = options().set(MistralOptions.MODEL_PATH, model);
    Configuration other = one.clone().set(MistralOptions.MODEL_TEMPLATE, "v1");
    CompletionRequest first = request("a1", "c", "My name is Sofia.");
    CompletionRequest second = sampled("a2", "c", STORY, 40);
    OperatorSubtaskState half = halfWritten(one, first, second);
    OperatorSubtaskState before;
    try (OperatorHarness operator = OperatorHarness.opened(one)) {
      operator.send(first);
      operator.runUntilAnswered(1);
      before = operator.snapshot();
    }
    try (OperatorHarness restarted = new OperatorHarness(other, 1, 0);
        OperatorHarness sentAnew = new OperatorHarness(other, 1, 0)) {
      restarted.open(half);
      restarted.runUntilAnswered(1);
      sentAnew.open(before);
      sentAnew.send(second);
      sentAnew.runUntilAnswered(1);
      assertSameAnswers(restarted.answers(), sentAnew.answers());
      assertThat(restarted.completed("a2").fingerprint())
          .isNotEqualTo(OperatorHarness.model(one).systemFingerprint());
    }
  }

  /** The state in the middle of a streamed answer to the last request that is streamed. */
  private static OperatorSubtaskState halfWritten(
      Configuration options, CompletionRequest... requests) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntil(
          events ->
              events.stream().filter(event -> event instanceof CompletionEvent.Chunk).count()
                  >= 20);
      return operator.snapshot();
    }
  }

  private static long piecesOf(String requestId, List<CompletionEvent> events) {
    return events.stream()
        .filter(event -> event instanceof CompletionEvent.Chunk)
        .filter(event -> event.requestId().equals(requestId))
        .count();
  }

  /** The same model, but that one piece of its vocabulary is spelled otherwise. */
  private static Configuration withAnotherTokenizer(Path folder) throws IOException {
    Path copy = TinyVariants.withAnotherPiece(TinyMistral.file(), folder.resolve("other.gguf"));
    return options().set(MistralOptions.MODEL_PATH, copy.toString());
  }
}
