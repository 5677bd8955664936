package io.flinkmistral.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import java.util.List;
import java.util.OptionalInt;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Scores whose logits are the test's. */
class ScoringTest {
  private static final KvLayout LAYOUT = new KvLayout(1, 1, 1, 16, KvType.F16);
  private static final Offset<Double> EXACT = Offset.offset(1e-12);

  private final KvPagePool pool = new KvPagePool(LAYOUT);
  private final KvCache cache = new KvCache(LAYOUT, OptionalInt.empty(), pool, 0);

  @AfterEach
  void free() {
    pool.close();
  }

  @Test
  void thePromptsLastLogitsTellOfWhatMayFollow() {
    takeIn(4); // What the cache holds already.
    Scoring scoring = Scoring.next(cache, new int[] {7, 8, 9}, new int[] {2, 0});
    assertThat(scoring.pendingTokens()).isEqualTo(3);
    SequenceInput first = scoring.nextInput(2);
    assertThat(first.tokens()).containsExactly(7, 8);
    assertThat(first.logits()).isEqualTo(SequenceInput.Wanted.NONE);
    takeIn(2);
    SequenceInput last = scoring.nextInput(2);
    assertThat(last.tokens()).containsExactly(9);
    assertThat(last.logits()).isEqualTo(SequenceInput.Wanted.LAST);
    takeIn(1);
    assertThat(scoring.hasEnded()).isFalse();
    assertThatThrownBy(scoring::logProbabilities).hasMessage("0 of 1 positions are scored");
    // A row of another sequence stands before.
    float[] logits = {5, 5, 5, 5, 1, -2, 3, 0};
    assertThat(scoring.accept(new Logits(logits, 2, 4), 1, 1)).as("none is drawn").isEmpty();
    assertThat(scoring.hasEnded()).isTrue();
    double normalizer = Math.log(Math.exp(1) + Math.exp(-2) + Math.exp(3) + Math.exp(0));
    assertThat(scoring.logProbabilities())
        .containsExactly(new double[] {3 - normalizer, 1 - normalizer}, EXACT);
  }

  @Test
  void eachTokenIsScoredAfterThoseBeforeIt() {
    Scoring scoring = Scoring.each(cache, new int[] {1, 3, 0, 2});
    assertThat(scoring.pendingTokens()).as("the last one is only scored").isEqualTo(3);
    SequenceInput first = scoring.nextInput(2);
    assertThat(first.tokens()).containsExactly(1, 3);
    assertThat(first.logits()).isEqualTo(SequenceInput.Wanted.ALL);
    takeIn(2);
    scoring.accept(new Logits(new float[] {0, 0, 0, 9, 4, 0, 0, 0}, 2, 4), 0, 2);
    assertThatThrownBy(scoring::logProbabilities).hasMessage("2 of 3 positions are scored");
    assertThat(scoring.nextInput(2).tokens()).containsExactly(0);
    takeIn(1);
    scoring.accept(new Logits(new float[4], 1, 4), 0, 1);
    assertThat(scoring.logProbabilities())
        .containsExactly(
            new double[] {
              9 - Math.log(3 + Math.exp(9)), 4 - Math.log(3 + Math.exp(4)), -Math.log(4)
            },
            EXACT);
  }

  @Test
  void severalMayFollowEachToken() {
    Scoring scoring =
        Scoring.along(cache, new int[] {1, 3}, List.of(new int[] {3}, new int[] {0, 2}));
    assertThat(scoring.nextInput(9).logits()).isEqualTo(SequenceInput.Wanted.ALL);
    takeIn(2);
    scoring.accept(new Logits(new float[] {0, 0, 0, 9, 4, 0, 0, 0}, 2, 4), 0, 2);
    double second = Math.log(3 + Math.exp(4));
    assertThat(scoring.logProbabilities())
        .containsExactly(new double[] {9 - Math.log(3 + Math.exp(9)), 4 - second, -second}, EXACT);
  }

  @Test
  void greatLogitsDoNotOverflow() {
    Scoring scoring = Scoring.next(cache, new int[] {1}, new int[] {0, 1});
    scoring.accept(new Logits(new float[] {1000, 1000}, 1, 2), 0, 1);
    assertThat(scoring.logProbabilities())
        .containsExactly(new double[] {-Math.log(2), -Math.log(2)}, Offset.offset(1e-3));
  }

  @Test
  void thereMustBeATokenToTakeIn() {
    assertThatThrownBy(() -> Scoring.next(cache, new int[0], new int[] {1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no token");
    assertThatThrownBy(() -> Scoring.each(cache, new int[] {1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no token");
  }

  private void takeIn(int tokens) {
    cache.reserve(tokens);
    cache.advance(tokens);
  }
}
