package io.flinkmistral.jobs.json;

import io.flinkmistral.evaluation.AnswerMatch;
import io.flinkmistral.evaluation.Question;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Questions as JSON objects, which {@link QuestionReader} reads as the same questions. */
public final class QuestionWriter {
  private QuestionWriter() {}

  public static byte[] write(Question question) {
    ObjectNode json =
        JsonRecord.empty()
            .put(QuestionReader.ID, question.id())
            .put(QuestionReader.GROUP, question.group());
    switch (question) {
      case Question.Choice choice -> write(choice, json);
      case Question.Generation generation -> write(generation, json);
      case Question.Text text -> json.put(QuestionReader.TEXT, text.text());
      case Question.Turn turn -> TurnJson.write(turn, json);
    }
    return JsonRecord.write(json);
  }

  /**
   * What stands for a record that is no question, so that it becomes a dead letter.
   *
   * @param message where it stands, and why it is none
   * @param record as it was
   */
  public static byte[] unreadable(String message, String record) {
    return JsonRecord.write(
        JsonRecord.empty().put(QuestionReader.UNREADABLE, message).put("record", record));
  }

  private static void write(Question.Choice question, ObjectNode json) {
    List<Question.Option> options = question.options();
    Question.Option first = options.getFirst();
    String delimiter =
        first.continuation().endsWith(first.choice())
            ? first
                .continuation()
                .substring(0, first.continuation().length() - first.choice().length())
            : "";
    boolean oneContext =
        options.stream()
            .allMatch(
                option ->
                    option.equals(Question.Option.of(first.context(), delimiter, option.choice())));
    if (oneContext) {
      json.put(QuestionReader.CONTEXT, first.context()).put(QuestionReader.DELIMITER, delimiter);
    } else {
      texts(json, QuestionReader.CONTEXT, options.stream().map(Question.Option::context).toList());
      json.put(QuestionReader.DELIMITER, "").put(QuestionReader.CONTINUATION, first.continuation());
    }
    texts(json, QuestionReader.CHOICES, options.stream().map(Question.Option::choice).toList());
    json.put(QuestionReader.ANSWER, question.answer());
  }

  private static void write(Question.Generation question, ObjectNode json) {
    json.put(QuestionReader.CONTEXT, question.prompt());
    texts(json, QuestionReader.ANSWER, question.answers());
    AnswerMatch matching = question.matching();
    ArrayNode patterns = null;
    for (AnswerMatch.Extraction extraction : matching.extractions()) {
      switch (extraction) {
        case AnswerMatch.Whole _ -> {
          // It is what there is without a pattern.
        }
        case AnswerMatch.Found(String metric, String pattern, boolean last) -> {
          patterns = patterns == null ? json.putArray(QuestionReader.PATTERNS) : patterns;
          patterns
              .addObject()
              .put(QuestionReader.METRIC, metric)
              .put(QuestionReader.PATTERN, pattern)
              .put(QuestionReader.LAST, last);
        }
      }
    }
    texts(json, QuestionReader.IGNORE, matching.ignored());
    Question.Writing writing = question.writing();
    json.put(QuestionReader.IGNORE_CASE, matching.ignoreCase())
        .put(QuestionReader.IGNORE_PUNCTUATION, matching.ignorePunctuation());
    texts(json, QuestionReader.UNTIL, writing.until());
    json.put(QuestionReader.SAMPLES, writing.samples())
        .put(QuestionReader.TEMPERATURE, writing.temperature())
        .put(QuestionReader.MAX_TOKENS, writing.maxTokens());
  }

  private static void texts(ObjectNode json, String field, List<String> texts) {
    ArrayNode array = json.putArray(field);
    texts.forEach(array::add);
  }
}
