package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Verdict;
import io.flinkmistral.task.prompt.Provenance;
import io.flinkmistral.task.work.TaskResult;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields that a record gets.
 *
 * @param name of the field with the result itself
 * @param provenance whether another one says where it came from
 */
record ResultFields(String name, boolean provenance) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** What they are of a result. */
  ObjectNode of(TaskResult result) {
    ObjectNode record = JsonRecord.empty();
    switch (result) {
      case TaskResult.Text text -> record.put(name, text.text());
      case TaskResult.Label label ->
          record.put(name, label.label().orElse(null)).put(probability(), label.probability());
      case TaskResult.Labels labels -> {
        ArrayNode names = record.putArray(name);
        labels.labels().forEach(names::add);
        ObjectNode probabilities = record.putObject(probability());
        labels.probabilities().forEach(probabilities::put);
      }
      case TaskResult.Fields fields ->
          record.set(name, JsonRecord.read(fields.json().getBytes(StandardCharsets.UTF_8)));
      case TaskResult.Score score -> record.put(name, score.logLikelihood());
      case TaskResult.Moderation(Verdict verdict, Provenance _) -> {
        ObjectNode fields = record.putObject(name).put("flagged", verdict.flagged());
        ObjectNode categories = fields.putObject("categories");
        verdict.categories().forEach(categories::put);
        ObjectNode scores = fields.putObject("category_scores");
        verdict.scores().forEach(scores::put);
      }
      case TaskResult.Vector vector -> {
        ArrayNode values = record.putArray(name);
        for (float value : vector.values()) {
          values.add(value);
        }
      }
    }
    if (provenance) {
      put(record.putObject("provenance"), result.provenance());
    }
    return record;
  }

  private String probability() {
    return name + "_probability";
  }

  private static void put(ObjectNode fields, Provenance of) {
    fields
        .put("system_fingerprint", of.model())
        .put("prompt_hash", of.promptHash())
        .put("prompt_tokens", of.promptTokens())
        .put("completion_tokens", of.completionTokens())
        .put("truncated", of.truncated())
        .put("finish_reason", of.finishReason().map(FinishReason::wireName).orElse(null));
  }
}
