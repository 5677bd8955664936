package io.flinkmistral.evaluation.statistics;

import io.flinkmistral.sampling.LogSoftmax;
import java.util.ArrayList;
import java.util.List;

/**
 * How two models differ in what they expect next, over places of a text: the divergence of Kullback
 * and Leibler from the first one's distribution P to the second one's Q, {@code sum(P log(P / Q))},
 * and what each says of the token that stands there.
 */
public final class NextTokens {
  private final List<Double> divergences = new ArrayList<>();
  private Tally firstLosses = Tally.NONE;
  private Tally secondLosses = Tally.NONE;
  private Tally lossDifferences = Tally.NONE;
  private Tally probabilityDifferences = Tally.NONE;
  private Tally divergence = Tally.NONE;
  private Tally sameTop = Tally.NONE;

  /**
   * Takes a place.
   *
   * @param first logits of the first model
   * @param second logits of the second model, as many
   * @param next the token that stands there
   */
  public void add(float[] first, float[] second, int next) {
    int size = first.length;
    double firstNormalizer = LogSoftmax.normalizer(first, 0, size);
    double secondNormalizer = LogSoftmax.normalizer(second, 0, size);
    double sum = 0;
    for (int i = 0; i < size; i++) {
      double p = first[i] - firstNormalizer;
      double q = second[i] - secondNormalizer;
      sum += StrictMath.exp(p) * (p - q);
    }
    double p = first[next] - firstNormalizer;
    double q = second[next] - secondNormalizer;
    divergences.add(sum);
    divergence = divergence.plus(sum);
    firstLosses = firstLosses.plus(-p);
    secondLosses = secondLosses.plus(-q);
    lossDifferences = lossDifferences.plus(p - q);
    probabilityDifferences = probabilityDifferences.plus(StrictMath.exp(q) - StrictMath.exp(p));
    sameTop = sameTop.plus(greatest(first) == greatest(second) ? 1 : 0);
  }

  private static int greatest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }

  /**
   * Figures of all places.
   *
   * @param places how many
   * @param first perplexity of the first model: {@code exp} of the mean of {@code -log p}
   * @param second perplexity of the second model
   * @param logRatio mean of the logarithm of the second's perplexity by the first's
   * @param divergence mean divergence
   * @param medianDivergence half of the places have less
   * @param highDivergence 99 of a hundred places have less
   * @param mostDivergence the greatest one
   * @param probabilityDifference mean of what the second gives the token that stands there more
   *     than the first
   * @param rootMeanSquare of these differences
   * @param sameTop share of places where both expect the same token
   */
  public record Figures(
      long places,
      Estimate first,
      Estimate second,
      Estimate logRatio,
      Estimate divergence,
      double medianDivergence,
      double highDivergence,
      double mostDivergence,
      Estimate probabilityDifference,
      double rootMeanSquare,
      Estimate sameTop) {}

  /** A figure and its standard error. */
  public record Estimate(double value, double error) {
    private static Estimate ofMean(Tally tally) {
      return new Estimate(tally.mean(), tally.standardError());
    }

    /** By the derivative of exp. */
    private static Estimate perplexity(Tally losses) {
      double value = StrictMath.exp(losses.mean());
      return new Estimate(value, value * losses.standardError());
    }
  }

  /**
   * All figures.
   *
   * @throws IllegalStateException if there are no places
   */
  public Figures figures() {
    if (divergences.isEmpty()) {
      throw new IllegalStateException("there is no place of a text to compare");
    }
    List<Double> sorted = divergences.stream().sorted().toList();
    return new Figures(
        divergence.count(),
        Estimate.perplexity(firstLosses),
        Estimate.perplexity(secondLosses),
        Estimate.ofMean(lossDifferences),
        Estimate.ofMean(divergence),
        percentile(sorted, 0.5),
        percentile(sorted, 0.99),
        sorted.getLast(),
        Estimate.ofMean(probabilityDifferences),
        Math.sqrt(probabilityDifferences.squares() / probabilityDifferences.count()),
        Estimate.ofMean(sameTop));
  }

  /** Between the two that are nearest. */
  private static double percentile(List<Double> sorted, double share) {
    double place = share * (sorted.size() - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.size() - 1);
    return sorted.get(below) + (place - below) * (sorted.get(above) - sorted.get(below));
  }
}
