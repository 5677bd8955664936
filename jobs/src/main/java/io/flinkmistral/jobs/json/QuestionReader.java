package io.flinkmistral.jobs.json;

import io.flinkmistral.evaluation.AnswerMatch;
import io.flinkmistral.evaluation.Question;
import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/**
 * Questions out of JSON objects.
 *
 * <pre>{@code
 * {"id": "1", "group": "animals", "context": "A dog", "choices": ["barks.", "meows."], "answer": 0}
 * {"id": "2", "group": "sums", "context": "1 + 1 =", "answer": "2", "pattern": "[0-9]+"}
 * {"id": "3", "group": "prose", "text": "It was a bright cold day in April."}
 * }</pre>
 */
public final class QuestionReader {
  static final String ID = "id";
  static final String GROUP = "group";
  static final String CONTEXT = "context";
  static final String CHOICES = "choices";
  static final String CONTINUATION = "continuation";
  static final String DELIMITER = "delimiter";
  static final String ANSWER = "answer";
  static final String PATTERN = "pattern";
  static final String PATTERNS = "patterns";
  static final String METRIC = "metric";
  static final String LAST = "last";
  static final String IGNORE = "ignore";
  static final String IGNORE_CASE = "ignore_case";
  static final String IGNORE_PUNCTUATION = "ignore_punctuation";
  static final String UNTIL = "until";
  static final String SAMPLES = "n";
  static final String TEMPERATURE = "temperature";
  static final String MAX_TOKENS = "max_tokens";
  static final String TEXT = "text";

  /** Of a line of a published file that is no question: why. */
  static final String UNREADABLE = "unreadable";

  /** Of an answer that does not say. */
  static final int DEFAULT_MAX_TOKENS = 256;

  private static final int MOST_TOKENS = 1 << 20;
  private static final int MOST_NAME = 256;

  private QuestionReader() {}

  /**
   * Reads a question.
   *
   * @throws InvalidRequestException where it is none; it says which field is to blame
   */
  public static Question read(byte[] record) {
    Fields fields = new Fields(StrictJson.object(record), "", UnknownFields.IGNORE);
    fields
        .text(UNREADABLE)
        .ifPresent(
            message -> {
              throw new InvalidRequestException("", message);
            });
    // A turn's has the name of a conversation in it, which may be as long.
    boolean isTurn = fields.node(TurnJson.ANSWER_TOKENS).isPresent();
    String id = isTurn ? fields.requiredText(ID) : fields.requiredText(ID, MOST_NAME);
    String group = fields.text(GROUP, MOST_NAME).orElse("questions");
    if (fields.node(CHOICES).isPresent()) {
      return choice(id, group, fields);
    }
    if (isTurn) {
      return TurnJson.read(id, group, fields);
    }
    return fields.node(TEXT).isPresent()
        ? new Question.Text(id, group, fields.requiredText(TEXT))
        : generation(id, group, fields);
  }

  private static Question choice(String id, String group, Fields fields) {
    List<String> choices = fields.textList(CHOICES);
    List<String> contexts = fields.texts(CONTEXT);
    Optional<String> continuation = fields.text(CONTINUATION);
    String delimiter = fields.text(DELIMITER).orElse(" ");
    if (contexts.isEmpty()) {
      throw fields.missing(CONTEXT);
    }
    int wanted = continuation.isPresent() ? choices.size() : 1;
    if (contexts.size() != wanted) {
      throw fields.invalid(
          CONTEXT,
          "must be a text, or beside \"continuation\" one for each choice: %d, but there are %d"
              .formatted(wanted, contexts.size()));
    }
    List<Question.Option> options = new ArrayList<>();
    for (int i = 0; i < choices.size(); i++) {
      String choice = choices.get(i);
      options.add(
          continuation.isPresent()
              ? new Question.Option(contexts.get(i), delimiter + continuation.get(), choice)
              : Question.Option.of(contexts.getFirst(), delimiter, choice));
    }
    return new Question.Choice(id, group, options, answer(fields, choices));
  }

  /** A place from 0, or the text of a choice. */
  private static int answer(Fields fields, List<String> choices) {
    JsonNode node = fields.node(ANSWER).orElseThrow(() -> fields.missing(ANSWER));
    if (!node.isString()) {
      return fields.integer(ANSWER).orElseThrow();
    }
    int place = choices.indexOf(fields.requiredText(ANSWER));
    if (place < 0) {
      throw fields.invalid(ANSWER, "is none of the choices, but " + Fields.shown(node));
    }
    return place;
  }

  private static Question generation(String id, String group, Fields fields) {
    List<AnswerMatch.Extraction> extractions = new ArrayList<>();
    fields
        .text(PATTERN)
        .ifPresent(
            pattern ->
                extractions.add(
                    new AnswerMatch.Found(AnswerMatch.EXACT_MATCH, pattern, fields.flag(LAST))));
    for (Fields pattern : fields.objects(PATTERNS)) {
      extractions.add(
          new AnswerMatch.Found(
              metric(pattern), pattern.requiredText(PATTERN), pattern.flag(LAST)));
    }
    if (extractions.isEmpty()) {
      extractions.add(new AnswerMatch.Whole(AnswerMatch.EXACT_MATCH));
    }
    return new Question.Generation(
        id,
        group,
        fields.requiredText(CONTEXT),
        fields.texts(ANSWER),
        new AnswerMatch(
            extractions,
            fields.textList(IGNORE),
            fields.flag(IGNORE_CASE),
            fields.flag(IGNORE_PUNCTUATION)),
        new Question.Writing(
            fields.texts(UNTIL),
            within(fields, SAMPLES, AnswerOptions.MOST_CHOICES, 1),
            fields.number(TEMPERATURE, 0),
            within(fields, MAX_TOKENS, MOST_TOKENS, DEFAULT_MAX_TOKENS)));
  }

  private static String metric(Fields pattern) {
    String metric = pattern.requiredText(METRIC, MOST_NAME);
    if (!metric.matches("[A-Za-z0-9_@.-]+")) {
      throw pattern.invalid(METRIC, "must be letters, digits, and any of _ @ . -");
    }
    return metric;
  }

  private static int within(Fields fields, String field, int most, int absent) {
    OptionalInt value = fields.integer(field);
    if (value.isPresent() && (value.getAsInt() < 1 || value.getAsInt() > most)) {
      throw InvalidRequestException.outOfRange(field, value.getAsInt(), "from 1 to " + most);
    }
    return value.orElse(absent);
  }
}
