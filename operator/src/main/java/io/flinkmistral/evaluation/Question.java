package io.flinkmistral.evaluation;

import io.flinkmistral.protocol.InvalidRequestException;
import java.util.List;

/** A question whose right answer is known, or a text whose likelihood is asked for. */
public sealed interface Question {
  /** By which the same question of another run is found. */
  String id();

  /** What it is counted under; parts of a group have its name, a slash, and their own. */
  String group();

  /**
   * Which of some continuations is the likeliest?
   *
   * @param options at least two
   * @param answer the right one's place among them, from 0
   */
  record Choice(String id, String group, List<Option> options, int answer) implements Question {
    public Choice {
      options = List.copyOf(options);
      if (options.size() < 2) {
        throw new InvalidRequestException(
            "choices", "choices must be two or more, but there are " + options.size());
      }
      if (answer < 0 || answer >= options.size()) {
        throw InvalidRequestException.outOfRange(
            "answer", answer, "from 0 to %d".formatted(options.size() - 1));
      }
    }

    /** Choices behind one context, with a space between. */
    public static Choice of(
        String id, String group, String context, List<String> choices, int answer) {
      return new Choice(
          id, group, choices.stream().map(text -> Option.of(context, " ", text)).toList(), answer);
    }
  }

  /**
   * A continuation of a context.
   *
   * @param choice that it stands for; {@code acc_norm} divides by its characters
   */
  record Option(String context, String continuation, String choice) {
    public Option {
      if (choice.isEmpty()) {
        throw new InvalidRequestException("choices", "choices must not hold an empty text");
      }
    }

    /** A choice behind its context. */
    public static Option of(String context, String delimiter, String choice) {
      return new Option(context, delimiter + choice, choice);
    }

    /** Code points of the choice. */
    int characters() {
      return choice.codePointCount(0, choice.length());
    }
  }

  /**
   * What does the model write?
   *
   * @param prompt a text that it goes on with
   * @param answers those that are right, at least one
   * @param matching how a text is held against them
   * @param writing how it is written
   */
  record Generation(
      String id,
      String group,
      String prompt,
      List<String> answers,
      AnswerMatch matching,
      Writing writing)
      implements Question {
    public Generation {
      answers = List.copyOf(answers);
      if (answers.isEmpty()) {
        throw new InvalidRequestException("answer", "answer is missing: which one is right?");
      }
    }
  }

  /**
   * How an answer is written.
   *
   * @param until texts that end it, and are no part of it
   * @param samples answers of which the most frequent one counts
   * @param temperature 0 takes the most probable token each time
   * @param maxTokens the most tokens of each
   */
  record Writing(List<String> until, int samples, double temperature, int maxTokens) {
    public Writing {
      until = List.copyOf(until);
    }
  }

  /**
   * A turn of a dialogue that was answered before: what does the model answer, and how likely is
   * the old answer?
   *
   * @param tokenizer fingerprint of that which the tokens are of
   * @param history all tokens before the answer
   * @param answer tokens of the old answer, at least one
   * @param temperature 0 takes the most probable token each time
   */
  record Turn(
      String id, String group, String tokenizer, int[] history, int[] answer, double temperature)
      implements Question {
    public Turn {
      if (history.length == 0 || answer.length == 0) {
        throw new InvalidRequestException(
            history.length == 0 ? "tokens" : "answer_tokens",
            "a turn has tokens before its answer, and its answer has some, too");
      }
    }
  }

  /** How likely is a text? */
  record Text(String id, String group, String text) implements Question {
    public Text {
      if (text.isEmpty()) {
        throw new InvalidRequestException("text", "text must not be empty");
      }
    }
  }
}
