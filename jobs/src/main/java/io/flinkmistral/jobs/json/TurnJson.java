package io.flinkmistral.jobs.json;

import io.flinkmistral.evaluation.Question;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A turn that was answered before, as a question. */
final class TurnJson {
  static final String ANSWER_TOKENS = "answer_tokens";
  private static final String TOKENS = "tokens";
  private static final String TOKENIZER = "tokenizer";

  private TurnJson() {}

  static Question.Turn read(String id, String group, Fields fields) {
    return new Question.Turn(
        id,
        group,
        fields.requiredText(TOKENIZER),
        tokens(fields, TOKENS),
        tokens(fields, ANSWER_TOKENS),
        fields.number(QuestionReader.TEMPERATURE, 0));
  }

  private static int[] tokens(Fields fields, String field) {
    JsonNode node = fields.node(field).orElseThrow(() -> fields.missing(field));
    IntStream.Builder tokens = IntStream.builder();
    for (JsonNode token : node) {
      if (!token.isIntegralNumber() || !token.canConvertToInt()) {
        throw fields.invalid(field, "must be numbers of tokens, but has " + Fields.shown(token));
      }
      tokens.add(token.intValue());
    }
    return tokens.build().toArray();
  }

  static void write(Question.Turn turn, ObjectNode json) {
    json.put(TOKENIZER, turn.tokenizer());
    put(json.putArray(TOKENS), turn.history());
    put(json.putArray(ANSWER_TOKENS), turn.answer());
    json.put(QuestionReader.TEMPERATURE, turn.temperature());
  }

  private static void put(ArrayNode array, int[] tokens) {
    for (int token : tokens) {
      array.add(token);
    }
  }
}
