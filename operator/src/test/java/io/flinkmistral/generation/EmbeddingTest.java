package io.flinkmistral.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.generation.Embedding.Pooling;
import io.flinkmistral.model.pass.HiddenStates;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput.Wanted;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Vectors whose hidden states are the test's. */
class EmbeddingTest {
  private static final KvLayout LAYOUT = new KvLayout(1, 1, 1, 16, KvType.F16);

  private final KvPagePool pool = new KvPagePool(LAYOUT);
  private final KvCache cache = new KvCache(LAYOUT, OptionalInt.empty(), pool, 0);

  @AfterEach
  void free() {
    pool.close();
  }

  @Test
  void theMeanIsOfAllTokensAndHasLengthOne() {
    Embedding embedding = new Embedding(cache, new int[] {1, 5, 6}, Pooling.MEAN, 2);
    assertThat(embedding.nextInput(2).logits()).isEqualTo(Wanted.ALL_HIDDEN);
    takeIn(2);
    // A row of another sequence stands before.
    embedding.accept(new HiddenStates(new float[] {9, 9, 1, 0, 0, 3}, 3, 2), 1, 2);
    assertThatThrownBy(embedding::vector).hasMessage("2 of 3 tokens are taken in");
    assertThat(embedding.nextInput(2).tokens()).containsExactly(6);
    takeIn(1);
    embedding.accept(new HiddenStates(new float[] {2, 1}, 1, 2), 0, 1);
    assertThat(embedding.hasEnded()).isTrue();
    assertThat(embedding.vector()).containsExactly(0.6f, 0.8f);
  }

  @Test
  void theLastTokensIsAskedForWithTheLastTokenAlone() {
    Embedding embedding = new Embedding(cache, new int[] {1, 5, 6}, Pooling.LAST, 2);
    assertThat(embedding.nextInput(2).logits()).isEqualTo(Wanted.NONE);
    takeIn(2);
    embedding.accept(new HiddenStates(new float[0], 0, 2), 0, 0);
    assertThat(embedding.hasEnded()).isFalse();
    assertThat(embedding.nextInput(2).logits()).isEqualTo(Wanted.LAST_HIDDEN);
    takeIn(1);
    embedding.accept(new HiddenStates(new float[] {-3, 4}, 1, 2), 0, 1);
    assertThat(embedding.vector()).containsExactly(-0.6f, 0.8f);
  }

  @Test
  void zeroHasNoLengthAndStaysZero() {
    Embedding embedding = new Embedding(cache, new int[] {1}, Pooling.LAST, 2);
    embedding.accept(new HiddenStates(new float[2], 1, 2), 0, 1);
    assertThat(embedding.vector()).containsExactly(0, 0);
  }

  @Test
  void thereIsATokenAndThereAreNoLogits() {
    assertThatThrownBy(() -> new Embedding(cache, new int[0], Pooling.MEAN, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no token");
    Embedding embedding = new Embedding(cache, new int[] {1}, Pooling.MEAN, 2);
    assertThatThrownBy(() -> embedding.accept(new Logits(new float[2], 1, 2), 0, 1))
        .isInstanceOf(IllegalStateException.class);
  }

  private void takeIn(int tokens) {
    cache.reserve(tokens);
    cache.advance(tokens);
  }
}
