package io.flinkmistral.generation;

import io.flinkmistral.generation.text.AnswerTokens;
import io.flinkmistral.protocol.Penalties;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.StopConditions;
import io.flinkmistral.sampling.AnswerPenalties;
import io.flinkmistral.sampling.BadWords;
import io.flinkmistral.sampling.EarlyEnds;
import io.flinkmistral.sampling.LogitBias;
import io.flinkmistral.sampling.LogitStep;
import io.flinkmistral.sampling.RepetitionPenalty;
import io.flinkmistral.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a request has done to logits, in this order: ends that come too early are forbidden, then
 * what would complete a bad word; biases are added; what was there before becomes less likely.
 */
final class LogitSteps {
  private final List<LogitStep> steps = new ArrayList<>();

  private LogitSteps() {}

  /**
   * The steps of an answer that has no tokens yet; none where nothing is asked for.
   *
   * @param prompt all tokens before it
   */
  static List<LogitStep> of(
      SamplingParams sampling,
      StopConditions stop,
      int[] prompt,
      AnswerTokens answerTokens,
      Tokenizer tokenizer) {
    LogitSteps result = new LogitSteps();
    result.addEnds(stop, answerTokens);
    result.addBadWords(sampling.badWords(), tokenizer);
    if (!sampling.logitBias().isEmpty()) {
      result.steps.add(new LogitBias(sampling.logitBias()));
    }
    result.addPenalties(sampling.penalties(), prompt);
    return result.steps;
  }

  private void addEnds(StopConditions stop, AnswerTokens answerTokens) {
    if (stop.minTokens() > 0) {
      List<Integer> ends = new ArrayList<>(answerTokens.endIds());
      ends.addAll(stop.tokenIds());
      steps.add(new EarlyEnds(ends, stop.minTokens()));
    }
    if (stop.ignoreEos()) {
      steps.add(new EarlyEnds(answerTokens.endIds(), Integer.MAX_VALUE));
    }
  }

  /** Each as it stands inside of a text, by itself and behind a space. */
  private void addBadWords(List<String> words, Tokenizer tokenizer) {
    if (!words.isEmpty()) {
      steps.add(
          new BadWords(
              words.stream()
                  .map(String::stripLeading)
                  .flatMap(word -> Stream.of(word, " " + word))
                  .map(tokenizer::encodeInside)
                  .toList()));
    }
  }

  private void addPenalties(Penalties penalties, int[] prompt) {
    if (penalties.repetition() != 1 && penalties.repeatLastN() != 0) {
      steps.add(new RepetitionPenalty(penalties.repetition(), penalties.repeatLastN(), prompt));
    }
    if (penalties.presence() != 0 || penalties.frequency() != 0) {
      steps.add(new AnswerPenalties(penalties.presence(), penalties.frequency()));
    }
  }
}
