package io.flinkmistral.jobs.evaluation.benchmark;

import io.flinkmistral.evaluation.AnswerMatch;
import io.flinkmistral.evaluation.Question;
import java.util.ArrayList;
import java.util.List;

/** A document as the model sees it. */
sealed interface Rendered {
  String DELIMITER = " ";

  /** With its answer, as an example stands before questions. */
  String example();

  /**
   * As a question behind a beginning.
   *
   * @param samples answers that are written, where any are
   * @param temperature of them
   */
  Question question(String id, String group, String beginning, int samples, double temperature);

  /**
   * Choices behind a text.
   *
   * @param answer the right one's place
   */
  record Choices(String text, List<String> choices, int answer) implements Rendered {
    @Override
    public String example() {
      return text + DELIMITER + choices.get(answer);
    }

    @Override
    public Question question(
        String id, String group, String beginning, int samples, double temperature) {
      return Question.Choice.of(id, group, beginning + text, choices, answer);
    }
  }

  /**
   * Texts of which the one that goes on best is the right one.
   *
   * @param answer the right one's place
   */
  record Contexts(List<String> contexts, String continuation, int answer) implements Rendered {
    @Override
    public String example() {
      return contexts.get(answer) + DELIMITER + continuation;
    }

    @Override
    public Question question(
        String id, String group, String beginning, int samples, double temperature) {
      List<Question.Option> options = new ArrayList<>();
      for (String context : contexts) {
        options.add(new Question.Option(beginning + context, DELIMITER + continuation, context));
      }
      return new Question.Choice(id, group, options, answer);
    }
  }

  /**
   * A text that the model goes on with.
   *
   * @param answers those that are right; an example has the first
   * @param until what ends an answer
   */
  record Open(String text, List<String> answers, AnswerMatch matching, List<String> until)
      implements Rendered {
    private static final int MAX_TOKENS = 256;

    @Override
    public String example() {
      return text + DELIMITER + answers.getFirst();
    }

    @Override
    public Question question(
        String id, String group, String beginning, int samples, double temperature) {
      return new Question.Generation(
          id,
          group,
          beginning + text,
          answers,
          matching,
          new Question.Writing(until, samples, temperature, MAX_TOKENS));
    }
  }
}
