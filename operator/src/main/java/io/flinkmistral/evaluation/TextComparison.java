package io.flinkmistral.evaluation;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.StatelessClient;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.evaluation.statistics.NextTokens;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What two models that have one tokenizer expect next in a text, as llama.cpp's {@code
 * llama-perplexity} looks at it: the text is cut into chunks, of each of which the second half is
 * looked at, behind the first, and the token that texts begin with stands in place of its first.
 *
 * @param chunkTokens tokens of a chunk
 * @param mostChunks of the text's beginning; 0 for all
 */
public record TextComparison(int chunkTokens, int mostChunks) {
  private static final int FEWEST = 4;

  public TextComparison {
    if (chunkTokens < FEWEST) {
      throw new IllegalArgumentException(
          "a chunk must have %d tokens or more, but is to have %d".formatted(FEWEST, chunkTokens));
    }
  }

  /**
   * Compares.
   *
   * @throws IllegalArgumentException where the models have different tokenizers, or the text is
   *     shorter than a chunk
   */
  public NextTokens.Figures of(
      String text, LanguageModel first, LanguageModel second, StatelessSettings settings) {
    if (!first.tokenizerFingerprint().equals(second.tokenizerFingerprint())) {
      throw new IllegalArgumentException(
          "the models have different tokenizers, so that their next tokens cannot be compared: ask"
              + " both the same questions instead");
    }
    int[] tokens = new TextTokens(first).encode(text);
    int chunks = tokens.length / chunkTokens;
    chunks = mostChunks == 0 ? chunks : Math.min(chunks, mostChunks);
    if (chunks == 0) {
      throw new IllegalArgumentException(
          "the text has %d tokens, but a chunk has %d".formatted(tokens.length, chunkTokens));
    }
    NextTokens next = new NextTokens();
    try (StatelessClient one = first.stateless(settings);
        StatelessClient other = second.stateless(settings)) {
      for (int i = 0; i < chunks; i++) {
        int[] chunk = Arrays.copyOfRange(tokens, i * chunkTokens, (i + 1) * chunkTokens);
        chunk[0] = tokens[0];
        add(chunk, one, other, next);
      }
    }
    return next.figures();
  }

  private void add(int[] chunk, StatelessClient one, StatelessClient other, NextTokens next) {
    int half = chunk.length / 2;
    // Behind the last token of a chunk nothing is known to stand.
    int[] taken = Arrays.copyOf(chunk, chunk.length - 1);
    CompletableFuture<List<float[]>> first = one.logits(taken, half);
    List<float[]> second = other.logits(taken, half).join();
    for (int i = 0; i < second.size(); i++) {
      next.add(first.join().get(i), second.get(i), chunk[half + i + 1]);
    }
  }
}
