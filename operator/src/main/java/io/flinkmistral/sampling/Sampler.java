package io.flinkmistral.sampling;

import io.flinkmistral.protocol.SamplingParams;
import java.util.List;

/**
 * Chooses the tokens of an answer from logits. The order is: the steps that change logits, in their
 * order; temperature, top-k, typical-p, top-p, min-p, draw. Equally probable tokens are ordered by
 * id. All arithmetic is in double precision and in a fixed order, with {@link StrictMath}, so that
 * the choice is the same on every host.
 */
public final class Sampler {
  /**
   * Tokens whose probability is below exp(-40) times the greatest are never drawn: all of them
   * together weigh less than the rounding error of the sum over a vocabulary.
   */
  private static final double NEGLIGIBLE = 40;

  private final SamplingParams params;
  private final long seed;
  private final List<LogitStep> steps;

  /** What the steps change, as the logits are not ours; made when it is needed. */
  private float[] changed = {};

  /**
   * @param params how to choose; its own seed is not looked at
   * @param seed of the random numbers
   * @param steps that change the logits first; none cost nothing
   */
  public Sampler(SamplingParams params, long seed, List<LogitStep> steps) {
    this.params = params;
    this.seed = seed;
    this.steps = List.copyOf(steps);
  }

  /** The answer has one more token, whether it was drawn here or is known from before. */
  public void accept(int token) {
    for (LogitStep step : steps) {
      step.accept(token);
    }
  }

  /**
   * The token chosen.
   *
   * @param logits holds {@code size} logits from {@code offset} on, which are left as they are
   * @param index of the token in its answer
   */
  public int sample(float[] logits, int offset, int size, int index) {
    if (steps.isEmpty()) {
      return choose(logits, offset, size, index);
    }
    return choose(changed(logits, offset, size), 0, size, index);
  }

  float[] changed(float[] logits, int offset, int size) {
    if (changed.length != size) {
      changed = new float[size];
    }
    System.arraycopy(logits, offset, changed, 0, size);
    for (LogitStep step : steps) {
      step.apply(changed);
    }
    return changed;
  }

  private int choose(float[] logits, int offset, int size, int index) {
    int best = argmax(logits, offset, size);
    if (params.temperature() == 0 || params.topK() == 1) {
      return best;
    }
    Candidates candidates = candidates(logits, offset, size, logits[offset + best]);
    return candidates.tokens().length == 0
        ? best // Every logit is NaN: the weights are broken, but the answer must end somehow.
        : candidates.draw(TokenRandom.uniform(seed, index));
  }

  /**
   * The tokens that may be drawn.
   *
   * @param max the greatest logit
   */
  Candidates candidates(float[] logits, int offset, int size, float max) {
    int[] ranked =
        Ranking.mostProbable(
            logits,
            offset,
            size,
            max - NEGLIGIBLE * params.temperature(),
            params.topK() == 0 ? size : params.topK());
    Candidates all = Candidates.of(logits, offset, ranked, max, params.temperature());
    Candidates typical = params.typicalP() < 1 ? all.typical(params.typicalP()) : all;
    return typical.mostProbable(params.topP(), params.minP());
  }

  /** The greatest logit's token; of equal ones the first. NaN is never chosen. */
  public static int argmax(float[] logits, int offset, int size) {
    int best = 0;
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      if (logits[offset + i] > max) {
        max = logits[offset + i];
        best = i;
      }
    }
    return best;
  }
}
