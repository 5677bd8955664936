package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.weights.ChatFormat;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.gguf.GgufWriter;
import io.flinkmistral.weights.gguf.QuantizationMix;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A model whose file names an end of a turn beside EOS. */
@Timeout(120)
class EndOfTurnTest {
  private static final int TOKENS_BEFORE_THE_END = 12;

  @TempDir Path folder;

  @Test
  void anAnswerEndsAtAnyEndThatTheFileNames() throws Exception {
    Configuration options = OperatorHarness.options();
    options.set(MistralOptions.MODEL_PATH, written("plain", Set.of()).toString());
    int[] plain = ids(options);
    int end = plain[TOKENS_BEFORE_THE_END];
    assertThat(Arrays.stream(plain).limit(TOKENS_BEFORE_THE_END)).doesNotContain(end);

    String plainFingerprint = OperatorHarness.model(options).systemFingerprint();
    options.set(MistralOptions.MODEL_PATH, written("ends", Set.of(end)).toString());
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(Requests.request("r", "c", Requests.STORY));
      operator.runUntilAnswered(1);
      CompletionEvent.Completed answer = operator.completed("r");
      assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
      Tokenizer tokenizer = OperatorHarness.model(options).tokenizer();
      assertThat(answer.text())
          .isEqualTo(tokenizer.decode(Arrays.copyOf(plain, TOKENS_BEFORE_THE_END)));
      assertThat(answer.usage().completionTokens()).isEqualTo(TOKENS_BEFORE_THE_END + 1);
      assertThat(answer.fingerprint()).isNotEqualTo(plainFingerprint);

      operator.send(Requests.request("next", "c", "And then?"));
      operator.runUntilAnswered(2);
      int asked =
          OperatorHarness.model(options)
              .encodeTurn(false, Requests.request("x", "c", "And then?"))
              .length;
      assertThat(operator.completed("next").usage().promptTokens())
          .as("the end stays in the history, and EOS follows")
          .isEqualTo(answer.usage().totalTokens() + 1 + asked);
    }
  }

  private static int[] ids(Configuration options) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(Requests.request("r", "c", Requests.STORY));
      operator.runUntilAnswered(1);
      return OperatorHarness.model(options).tokenizer().encode(operator.textOf("r"));
    }
  }

  private Path written(String name, Set<Integer> ends) throws IOException {
    Path file = folder.resolve(name + ".gguf");
    try (Arena arena = Arena.ofShared()) {
      ModelFile model = ModelReader.open(TinyMistral.file(), arena, LoadListener.NONE);
      ModelFile changed =
          new ModelFile(
              model.name(),
              model.config(),
              model.weights(),
              model.vocabulary(),
              new ChatFormat(ends, Optional.empty(), Optional.empty()),
              model.fingerprint(),
              model.bytes());
      GgufWriter.write(changed, QuantizationMix.Q8_0, file, LoadListener.NONE);
    }
    return file;
  }
}
