package io.flinkmistral.jobs.json;

import io.flinkmistral.evaluation.Outcome;
import io.flinkmistral.evaluation.Question;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What came of a question, as a JSON object.
 *
 * <pre>{@code
 * {"id": "1", "group": "animals", "answer": "barks.", "metrics": {"acc": 1.0, "acc_norm": 1.0},
 *  "log_likelihoods": [-1.2, -7.5], "model": "fp_..."}
 * }</pre>
 *
 * @param answer what the model has chosen or written; empty where it was not asked to
 * @param metrics by their names
 * @param model fingerprint of what has answered
 */
public record QuestionResult(
    String id, String group, String answer, Map<String, Double> metrics, String model) {
  private static final String METRICS = "metrics";
  private static final String MODEL = "model";
  private static final String RECORDED = "recorded";

  public QuestionResult {
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
  }

  /** The object, in a line. */
  public static byte[] write(Question question, Outcome outcome, String model) {
    ObjectNode json =
        JsonRecord.empty()
            .put(QuestionReader.ID, question.id())
            .put(QuestionReader.GROUP, question.group())
            .put(QuestionReader.ANSWER, answer(question, outcome));
    ObjectNode metrics = json.putObject(METRICS);
    outcome.metrics().forEach(metrics::put);
    switch (outcome) {
      case Outcome.Chosen chosen -> {
        ArrayNode sums = json.putArray("log_likelihoods");
        chosen.logLikelihoods().forEach(sums::add);
      }
      case Outcome.Written written -> {
        ObjectNode elected = json.putObject("elected");
        written.elected().forEach(elected::put);
        ArrayNode texts = json.putArray("texts");
        written.texts().forEach(texts::add);
      }
      case Outcome.Replayed replayed -> {
        json.put(RECORDED, replayed.recorded());
        replayed.firstDifference().ifPresent(place -> json.put("first_difference", place));
      }
      case Outcome.Likelihood _ -> {
        // Its metrics say all.
      }
    }
    return JsonRecord.write(json.put(MODEL, model));
  }

  private static String answer(Question question, Outcome outcome) {
    return switch (outcome) {
      case Outcome.Chosen chosen ->
          ((Question.Choice) question).options().get(chosen.chosen()).choice();
      case Outcome.Written written -> written.elected().values().iterator().next();
      case Outcome.Replayed replayed -> replayed.written();
      case Outcome.Likelihood _ -> "";
    };
  }

  /**
   * Reads what {@link #write} has written.
   *
   * @throws InvalidRequestException where it is something else
   */
  public static QuestionResult read(byte[] record) {
    Fields fields = new Fields(StrictJson.object(record), "", UnknownFields.IGNORE);
    Fields values = fields.requiredObject(METRICS);
    Map<String, Double> metrics = new LinkedHashMap<>();
    values.forEach((name, _) -> metrics.put(name, values.number(name, 0)));
    return new QuestionResult(
        fields.requiredText(QuestionReader.ID),
        fields.requiredText(QuestionReader.GROUP),
        fields.requiredText(QuestionReader.ANSWER),
        metrics,
        fields.text(MODEL).orElse(""));
  }

  /**
   * Reads of a replayed turn what was recorded, as the result that it would have been.
   *
   * @throws InvalidRequestException where it is something else
   */
  public static QuestionResult readRecorded(byte[] record) {
    Fields fields = new Fields(StrictJson.object(record), "", UnknownFields.IGNORE);
    return new QuestionResult(
        fields.requiredText(QuestionReader.ID),
        fields.requiredText(QuestionReader.GROUP),
        fields.requiredText(RECORDED),
        Map.of(Outcome.AGREEMENT, 1.0, Outcome.SAME_BEGINNING, 1.0),
        RECORDED);
  }
}
