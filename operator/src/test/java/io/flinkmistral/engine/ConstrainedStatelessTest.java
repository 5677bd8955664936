package io.flinkmistral.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.generation.TinyVariants;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.weights.LoadListener;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Answers of a form for callers that keep no conversations; the model cannot write byte 1. */
@Timeout(120)
class ConstrainedStatelessTest {
  @TempDir private static Path folder;

  private static LanguageModel model;

  @BeforeAll
  static void load() throws Exception {
    Path file = TinyVariants.withoutByte(1, folder.resolve("model.gguf"));
    model = LanguageModel.load(ModelSettings.of(file.toString()).withThreads(1), LoadListener.NONE);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static StatelessClient client() {
    return model.stateless(new StatelessSettings(new BatchLimits(4, 64), 64L << 20, 60, 1000));
  }

  private static CompletionRequest held(CompletionRequest request, String pattern) {
    return request.but().constraint(new OutputConstraint.Regex(pattern)).build();
  }

  @Test
  void aDeadEndFailsItsOwnAnswerAlone() {
    CompletionRequest question = CompletionRequest.ofUser("r", "c", "Tell me a story.");
    try (StatelessClient client = client()) {
      CompletableFuture<Completion> dead =
          client.complete(held(question, "[ab]{9}\\x01"), piece -> {});
      CompletableFuture<Completion> other =
          client.complete(held(question, "[ab]{9}\\."), piece -> {});
      assertThatThrownBy(dead::join)
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOf(InvalidRequestException.class)
          .hasFieldOrPropertyWithValue("code", ErrorCode.CONSTRAINT_DEAD_END);
      assertThat(other.join().text()).matches("[ab]{9}\\.");
    }
    assertThat(model.heldBytes()).isZero();
  }

  /** Each takes a part of a second, and all of them many: they are not made by who asks. */
  @Test
  void formsAreMadeReadyOnNoCallersThread() {
    CompletionRequest question = CompletionRequest.ofUser("r", "c", "Tell me a story.");
    List<CompletionRequest> requests =
        IntStream.range(0, 24).mapToObj(i -> chosen(question, i)).toList();
    try (StatelessClient client = client()) {
      List<CompletableFuture<Completion>> answers =
          requests.stream().map(request -> client.complete(request, piece -> {})).toList();
      assertThat(model.isConstraintReady(requests.getLast(), () -> {}))
          .as("whether the last one is ready")
          .isFalse();
      answers.get(22).cancel(false);
      for (int i = 0; i < 22; i++) {
        assertThat(answers.get(i).join().text()).startsWith("word " + i + "-");
      }
      assertThat(answers.get(23).join().finishReason()).isEqualTo(FinishReason.STOP);
    }
    assertThat(model.heldBytes()).isZero();
  }

  @Test
  void whoWaitsForAFormWhenTheCallerClosesFails() {
    CompletionRequest question = CompletionRequest.ofUser("r", "c", "Tell me a story.");
    StatelessClient client = client();
    List<CompletableFuture<Completion>> answers =
        IntStream.range(100, 124)
            .mapToObj(i -> client.complete(chosen(question, i), piece -> {}))
            .toList();
    client.close();
    assertThat(answers).allMatch(CompletableFuture::isDone);
    assertThatThrownBy(answers.getLast()::join).hasMessageContaining("the caller was closed");
    try (StatelessClient next = client()) {
      // The pass that may have run meanwhile is over before this one's first.
      next.complete(question, piece -> {}).join();
      assertThat(model.heldBytes()).isZero();
    }
  }

  @Test
  void aFormThatCannotBeIsRefusedWhereverItIsMade() {
    CompletionRequest question = CompletionRequest.ofUser("r", "c", "Tell me a story.");
    try (StatelessClient client = client()) {
      for (int i = 0; i < 2; i++) { // The second time it is known.
        assertThatThrownBy(() -> client.complete(held(question, "(a"), piece -> {}).join())
            .cause()
            .isInstanceOf(InvalidRequestException.class)
            .hasFieldOrPropertyWithValue("parameter", "structured_outputs.regex");
      }
    }
  }

  private static CompletionRequest chosen(CompletionRequest request, int form) {
    List<String> texts = IntStream.range(0, 5_000).mapToObj(i -> "word " + form + "-" + i).toList();
    return request.but().constraint(new OutputConstraint.Choice(texts)).build();
  }

  /** Some of the answers come to the byte that cannot be written, and the others end before. */
  @Test
  void aDeadEndOfOneAnswerFailsAllOfItsRequest() {
    CompletionRequest question =
        CompletionRequest.ofUser("r", "c", "Tell me a story.")
            .but()
            .sampling(new SamplingParams(9, 1, 0, 0, OptionalLong.of(1)))
            .options(AnswerOptions.DEFAULT.withChoices(8))
            .build();
    try (StatelessClient client = client()) {
      for (String firsts : List.of("[a-m]", "[n-z]")) {
        String pattern = firsts + "[a-z]{4}\\.|" + (firsts.equals("[a-m]") ? "[n-z]" : "[a-m]");
        assertThatThrownBy(
                () -> client.complete(held(question, pattern + "[a-z]{6}\\x01"), p -> {}).join())
            .hasCauseInstanceOf(InvalidRequestException.class)
            .hasMessageContaining("form allows nothing");
        assertThat(client.complete(held(question, pattern), p -> {}).join().answers()).hasSize(8);
      }
    }
    assertThat(model.cacheBytes()).isZero();
  }

  /** A begun answer, and a text without messages: what is new is of the form. */
  @Test
  void whatGoesOnWithATextIsOfTheFormFromItsFirstCharacterOn() {
    Prompt begun =
        new Prompt.Chat(
            List.of(
                new ChatMessage(Role.USER, "Is a lemon yellow?"),
                new ChatMessage(Role.ASSISTANT, "The answer is")),
            List.of(),
            true);
    try (StatelessClient client = client()) {
      for (Prompt prompt : List.of(begun, new Prompt.Text("Is a lemon yellow? It is"))) {
        for (String pattern : List.of(" (yes|no)", "(yes|no)")) {
          CompletionRequest request = CompletionRequest.of("r", "c").prompt(prompt).build();
          Completion answer = client.complete(held(request, pattern), piece -> {}).join();
          assertThat(answer.text()).matches(pattern);
          assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
        }
      }
    }
  }
}
