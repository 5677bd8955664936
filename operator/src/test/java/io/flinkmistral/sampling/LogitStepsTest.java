package io.flinkmistral.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.SamplingParams;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LogitStepsTest {
  private static final float NO = LogitStep.FORBIDDEN;

  @Test
  void endsAreForbiddenUntilThereAreEnoughTokens() {
    EarlyEnds step = new EarlyEnds(List.of(2, 0, 2), 2);
    assertThat(after(step, 1, 2, 3, 4)).containsExactly(NO, 2, NO, 4);
    step.accept(3);
    assertThat(after(step, 1, 2, 3, 4)).containsExactly(NO, 2, NO, 4);
    step.accept(3);
    assertThat(after(step, 1, 2, 3, 4)).containsExactly(1, 2, 3, 4);
  }

  @Test
  void whatMustNotBeIsTakenWhereNothingElseIsLeft() {
    EarlyEnds ends = new EarlyEnds(List.of(2), 9);
    assertThat(after(ends, NO, NO, 3)).containsExactly(NO, NO, 3);
    assertThat(after(ends, NO, 1, 3)).containsExactly(NO, 1, NO);
    BadWords words = new BadWords(List.of(new int[] {0}, new int[] {0}));
    assertThat(after(words, 5, NO)).containsExactly(5, NO);
  }

  @Test
  void theLastTokenOfABadWordIsForbiddenBehindTheOthers() {
    BadWords step =
        new BadWords(List.of(new int[] {1, 2, 3}, new int[] {4}, new int[] {2, 0}, new int[] {1}));
    assertThat(forbidden(step)).containsExactly(1, 4);
    step.accept(1);
    assertThat(forbidden(step)).containsExactly(1, 4);
    step.accept(2);
    assertThat(forbidden(step)).containsExactly(0, 1, 3, 4);
    step.accept(2);
    assertThat(forbidden(step)).containsExactly(0, 1, 4);
    step.accept(0);
    assertThat(forbidden(step)).containsExactly(1, 4);
  }

  private static List<Integer> forbidden(LogitStep step) {
    float[] logits = after(step, 0, 0, 0, 0, 0, 0);
    List<Integer> tokens = new ArrayList<>();
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] == NO) {
        tokens.add(i);
      }
    }
    return tokens;
  }

  /** Against the definition, over the last tokens of prompt and answer. */
  @Test
  void repeatedTokensAreThoseAmongTheLast() {
    Random random = new Random(5);
    for (int lastN : new int[] {-1, 1, 2, 5, 1000}) {
      int[] prompt = random.ints(7, 0, 10).toArray();
      List<Integer> all = new ArrayList<>();
      for (int token : prompt) {
        all.add(token);
      }
      RepetitionPenalty step = new RepetitionPenalty(2, lastN, prompt);
      for (int round = 0; round < 30; round++) {
        List<Integer> last =
            lastN < 0 ? all : all.subList(Math.max(0, all.size() - lastN), all.size());
        float[] logits = new float[10];
        float[] expected = new float[10];
        for (int i = 0; i < 10; i++) {
          logits[i] = i - 5;
          expected[i] = !last.contains(i) ? i - 5 : i > 5 ? (i - 5) / 2f : (i - 5) * 2f;
        }
        assertThat(after(step, logits)).as("last %d", lastN).isEqualTo(expected);
        int token = random.nextInt(10);
        step.accept(token);
        all.add(token);
      }
    }
  }

  @Test
  void penaltiesOfTheAnswerGrowWithItsTokens() {
    AnswerPenalties step = new AnswerPenalties(0.5, 0.25);
    Map<Integer, Integer> counts = new HashMap<>();
    for (int token : new int[] {1, 1, 2, 1}) {
      step.accept(token);
      counts.merge(token, 1, Integer::sum);
    }
    assertThat(after(step, 1, 1, 1, 1)).containsExactly(1, -0.25f, 0.25f, 1);
  }

  @Test
  void whatIsForbiddenStaysSoWhateverIsAdded() {
    LogitStep bias = new LogitBias(new TreeMap<>(Map.of(0, 100f, 1, -100f)));
    LogitStep repetition = new RepetitionPenalty(0.01, -1, new int[] {0});
    AnswerPenalties penalties = new AnswerPenalties(-2, -2);
    penalties.accept(0);
    Sampler sampler =
        new Sampler(SamplingParams.DEFAULT, 1, List.of(new Mask(), bias, repetition, penalties));
    sampler.accept(0);
    assertThat(sampler.sample(new float[] {9, 0, NO}, 0, 3, 0)).isEqualTo(1);
  }

  /** Forbids token 0, as a constraint would. */
  private record Mask() implements LogitStep {
    @Override
    public void apply(float[] logits) {
      logits[0] = NO;
    }
  }

  @Test
  void theLogitsThemselvesAreLeftAsTheyAre() {
    float[] logits = {7, 1, 5, 2};
    Sampler sampler =
        new Sampler(
            SamplingParams.DEFAULT, 1, List.of(new LogitBias(new TreeMap<>(Map.of(2, 9f)))));
    assertThat(sampler.sample(logits, 1, 3, 0)).isEqualTo(2);
    assertThat(sampler.sample(logits, 0, 4, 0)).isEqualTo(2);
    assertThat(logits).containsExactly(7, 1, 5, 2);
  }

  private static float[] after(LogitStep step, float... logits) {
    float[] changed = logits.clone();
    step.apply(changed);
    return changed;
  }
}
