package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.Surrogates;
import io.flinkmistral.task.ModerationTask;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * {@code moderation}: which texts are judged, as a word, or an object that says it with {@code on}
 * and more beside.
 */
final class ModerationReader {
  private static final String FIELD = Moderation.PARAMETER;
  private static final String ON = "on";
  private static final String ACTION = "action";
  private static final String RUBRIC = "rubric";
  private static final String THRESHOLD = "threshold";
  private static final String THRESHOLDS = "thresholds";
  private static final String CATEGORIES = "categories";
  private static final String NOTHING = "none";

  private ModerationReader() {}

  /** What is judged of a request; nothing where nobody wants it. */
  static Optional<Moderation> read(Fields request, ModerationRule rule) {
    Optional<JsonNode> asked = request.node(FIELD);
    if (asked.isEmpty()) {
      return usual(rule);
    }
    if (asked.get().isObject()) {
      return parts(request.requiredObject(FIELD).as(RequestFields.MODERATION), rule);
    }
    if (!asked.get().isString()) {
      throw request.invalid(
          FIELD, "must be a text or an object, but is " + Fields.kind(asked.get()));
    }
    return judged(request, FIELD, rule)
        .map(judged -> rule.of(judged, rule.usual().action()))
        .or(() -> nothing(rule));
  }

  private static Optional<Moderation> usual(ModerationRule rule) {
    return rule.all() ? Optional.of(rule.usual()) : Optional.empty();
  }

  /** Who asks for nothing gets what is judged of all, where that binds. */
  private static Optional<Moderation> nothing(ModerationRule rule) {
    return rule.binds() ? usual(rule) : Optional.empty();
  }

  private static Optional<Moderation> parts(Fields fields, ModerationRule rule) {
    Optional<Moderation.Judged> judged = judged(fields, ON, rule);
    Moderation.Action action = action(fields, rule);
    Moderation whole = rule.of(judged.orElse(Moderation.Judged.BOTH), action);
    if (rule.binds()) {
      refuseOtherMeasure(fields);
    } else {
      whole = byWhat(fields, whole);
    }
    return judged.isPresent() ? Optional.of(whole) : nothing(rule);
  }

  /** One turn is judged by one rubric. */
  private static void refuseOtherMeasure(Fields fields) {
    for (String field : List.of(RUBRIC, THRESHOLD, THRESHOLDS, CATEGORIES)) {
      if (fields.node(field).isPresent()) {
        throw fields.invalid(
            field,
            "is for the job to say, which judges all requests: leave it out, or set option"
                + " moderation.by-request");
      }
    }
  }

  private static Optional<Moderation.Judged> judged(
      Fields fields, String field, ModerationRule rule) {
    String word = fields.text(field).orElse(rule.usual().judged().wireName());
    if (word.equals(NOTHING)) {
      return Optional.empty();
    }
    return Optional.of(
        Moderation.Judged.ofWireName(word)
            .orElseThrow(
                () ->
                    fields.invalid(
                        field,
                        "must be \"prompt\", \"answer\", \"both\" or \"none\"%s, but is \"%s\""
                            .formatted(
                                field.equals(FIELD) ? ", or an object" : "", Excerpt.of(word)))));
  }

  private static Moderation.Action action(Fields fields, ModerationRule rule) {
    return fields
        .text(ACTION)
        .map(
            word ->
                Moderation.Action.ofWireName(word)
                    .orElseThrow(
                        () ->
                            fields.invalid(
                                ACTION,
                                "must be \"flag\" or \"block\", but is \"%s\""
                                    .formatted(Excerpt.of(word)))))
        .orElse(rule.usual().action());
  }

  /** Categories and thresholds are those of a rubric: with another one, the job's are none. */
  private static Moderation byWhat(Fields fields, Moderation usual) {
    Moderation asked =
        rubric(fields)
            .map(usual.withCategories(List.of()).withThresholds(Map.of())::withRubric)
            .orElse(usual);
    Map<String, Double> own = thresholds(fields);
    List<String> listed = fields.textList(CATEGORIES);
    double threshold = fields.number(THRESHOLD, asked.threshold());
    try {
      if (fields.node(THRESHOLD).isPresent()) {
        asked = asked.withThreshold(threshold).withThresholds(Map.of());
      }
      if (!listed.isEmpty()) {
        asked = ModerationTask.listed(asked, listed); // As options and SQL have them.
      }
      Map<String, Double> thresholds = new LinkedHashMap<>(asked.thresholds());
      thresholds.putAll(own);
      asked = asked.withThresholds(thresholds);
      ModerationTask.of(asked); // Says whether there is such a rubric, with such categories.
      return asked;
    } catch (InvalidRequestException e) {
      throw named(e);
    }
  }

  /** By the whole name of the field. */
  private static InvalidRequestException named(InvalidRequestException e) {
    String name = e.parameter().startsWith(FIELD) ? e.parameter() : FIELD + "." + e.parameter();
    String message =
        e.getMessage().startsWith(name) ? e.getMessage() : name + ": " + e.getMessage();
    return new InvalidRequestException(name, e.code(), message);
  }

  private static Optional<String> rubric(Fields fields) {
    if (fields.node(RUBRIC).filter(JsonNode::isObject).isEmpty()) {
      return fields.text(RUBRIC);
    }
    String json = fields.requiredObject(RUBRIC).json();
    if (Surrogates.firstLone(json) >= 0) {
      throw fields.invalid(RUBRIC, "has half a surrogate pair in one of its texts");
    }
    return Optional.of(json);
  }

  private static Map<String, Double> thresholds(Fields fields) {
    Map<String, Double> thresholds = new LinkedHashMap<>();
    fields
        .object(THRESHOLDS)
        .ifPresent(
            object -> object.forEach((name, _) -> thresholds.put(name, object.number(name, 0))));
    return thresholds;
  }
}
