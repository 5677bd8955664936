package io.flinkmistral.evaluation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** What came of a question. */
public sealed interface Outcome {
  /** The metric of the likeliest choice. */
  String ACC = "acc";

  /** The metric of the choice that is the likeliest by its length. */
  String ACC_NORM = "acc_norm";

  /** The metric of turns whose new answer has the old one's tokens. */
  String AGREEMENT = "agreement";

  /** The share of the old answer's tokens before the first that is another one. */
  String SAME_BEGINNING = "same_beginning";

  /** The logarithm of a text's probability. */
  String LOG_LIKELIHOOD = "log_likelihood";

  /** Of a text. */
  String TOKENS = "tokens";

  /** Of a text, with spaces between. */
  String WORDS = "words";

  /** Of a text, in UTF-8. */
  String BYTES = "bytes";

  /** Figures that are counted over many questions, by their names. */
  Map<String, Double> metrics();

  /**
   * Of {@link Question.Choice}.
   *
   * @param logLikelihoods of all options: sums over their tokens
   * @param chosen the greatest one's place
   * @param chosenByLength that of the greatest one where each is divided by its choice's length
   * @param right the right one's place
   */
  record Chosen(List<Double> logLikelihoods, int chosen, int chosenByLength, int right)
      implements Outcome {
    static Chosen of(Question.Choice question, List<Double> logLikelihoods) {
      List<Question.Option> options = question.options();
      double[] sums = new double[options.size()];
      double[] byLength = new double[options.size()];
      for (int i = 0; i < sums.length; i++) {
        sums[i] = logLikelihoods.get(i);
        byLength[i] = sums[i] / options.get(i).characters();
      }
      return new Chosen(logLikelihoods, greatest(sums), greatest(byLength), question.answer());
    }

    /** The first of equal ones. */
    private static int greatest(double[] values) {
      int best = 0;
      for (int i = 1; i < values.length; i++) {
        if (values[i] > values[best]) {
          best = i;
        }
      }
      return best;
    }

    @Override
    public Map<String, Double> metrics() {
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put(ACC, one(chosen == right));
      metrics.put(ACC_NORM, one(chosenByLength == right));
      return metrics;
    }
  }

  /**
   * Of {@link Question.Generation}.
   *
   * @param texts as they were written
   * @param elected by each metric
   * @param metrics 1 where the elected answer is right
   */
  record Written(List<String> texts, Map<String, String> elected, Map<String, Double> metrics)
      implements Outcome {
    static Written of(Question.Generation question, List<String> texts) {
      AnswerMatch matching = question.matching();
      Map<String, String> elected = new LinkedHashMap<>();
      Map<String, Double> metrics = new LinkedHashMap<>();
      for (AnswerMatch.Extraction extraction : matching.extractions()) {
        String answer = matching.elected(extraction, texts);
        elected.put(extraction.metric(), answer);
        metrics.put(extraction.metric(), one(matching.isRight(answer, question.answers())));
      }
      return new Written(
          List.copyOf(texts),
          Collections.unmodifiableMap(elected),
          Collections.unmodifiableMap(metrics));
    }
  }

  /**
   * Of {@link Question.Text}.
   *
   * @param logLikelihood of all its tokens
   */
  record Likelihood(double logLikelihood, int tokens, int words, int bytes) implements Outcome {
    @Override
    public Map<String, Double> metrics() {
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put(LOG_LIKELIHOOD, logLikelihood);
      metrics.put(TOKENS, (double) tokens);
      metrics.put(WORDS, (double) words);
      metrics.put(BYTES, (double) bytes);
      return metrics;
    }
  }

  /**
   * Of {@link Question.Turn}.
   *
   * @param recorded text of the old answer
   * @param written text of the new one
   * @param firstDifference the place of the first token that is another one, from 0; absent where
   *     there is none
   * @param likelihood of the old answer
   */
  record Replayed(
      String recorded, String written, OptionalInt firstDifference, Likelihood likelihood)
      implements Outcome {
    @Override
    public Map<String, Double> metrics() {
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put(AGREEMENT, one(firstDifference.isEmpty()));
      metrics.put(
          SAME_BEGINNING,
          Math.min(
              1.0, firstDifference.orElse(likelihood.tokens()) / (double) likelihood.tokens()));
      metrics.putAll(likelihood.metrics());
      return metrics;
    }
  }

  private static double one(boolean right) {
    return right ? 1 : 0;
  }
}
