package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.protocol.Excerpt;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The names of the one model that there is.
 *
 * @param names the first is the one that answers carry
 * @param since when, in seconds since 1970
 */
record ModelNames(List<String> names, long since) {
  String name() {
    return names.getFirst();
  }

  /**
   * @param model that a request asks for; empty where any will do
   * @throws ApiException if it is not here
   */
  void check(String model) {
    if (!model.isEmpty() && !names.contains(model)) {
      throw ApiException.refused(
          404,
          "model",
          "model_not_found",
          "there is no model \"%s\": see /v1/models for those here".formatted(Excerpt.of(model)));
    }
  }

  /** All of them. */
  ObjectNode list() {
    ObjectNode list = JsonRecord.empty();
    list.put("object", "list");
    ArrayNode data = list.putArray("data");
    names.forEach(name -> data.add(model(name)));
    return list;
  }

  /**
   * One of them.
   *
   * @throws ApiException if it is not here
   */
  ObjectNode one(String name) {
    check(name);
    return model(name);
  }

  private ObjectNode model(String name) {
    ObjectNode model = JsonRecord.empty();
    model.put("id", name);
    model.put("object", "model");
    model.put("created", since);
    model.put("owned_by", "flink-mistral");
    return model;
  }
}
