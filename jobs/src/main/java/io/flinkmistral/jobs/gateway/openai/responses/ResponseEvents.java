package io.flinkmistral.jobs.gateway.openai.responses;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.ChoiceText;
import io.flinkmistral.jobs.gateway.openai.Piece;
import io.flinkmistral.jobs.json.JsonRecord;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A response as events, in the order in which OpenAI sends them: the response is created; of each
 * item it is told that it is there, its parts and their text bit by bit, and then the same again,
 * whole; and in the end all of the response.
 */
public final class ResponseEvents {
  private final ResponseHead head;
  private final ChoiceText pieces;
  private final ResponseOutput output = new ResponseOutput();
  private final List<ObjectNode> events = new ArrayList<>();
  private int number;
  private boolean created;
  private boolean hasMessage;

  /**
   * @param mayCall whether the answer may be calls of tools
   */
  public ResponseEvents(ResponseHead head, boolean mayCall) {
    this.head = head;
    this.pieces = new ChoiceText(mayCall);
  }

  /** The events that a piece makes. */
  public List<ObjectNode> of(Piece piece) {
    Piece free = pieces.accept(piece);
    create();
    output.accept(free);
    if (!free.text().isEmpty()) {
      beginMessage();
      ObjectNode delta = ofText("response.output_text.delta");
      delta.put("delta", free.text());
      delta.set("logprobs", ResponseHead.ofEvent(free.logprobs()));
    }
    if (free.end().isPresent()) {
      endItems();
    }
    return taken();
  }

  private void create() {
    if (!created) {
      created = true;
      event("response.created").set("response", head.inProgress());
      event("response.in_progress").set("response", head.inProgress());
    }
  }

  private void beginMessage() {
    if (hasMessage) {
      return;
    }
    hasMessage = true;
    ObjectNode item = head.message("in_progress");
    ObjectNode added = event("response.output_item.added");
    added.put("output_index", 0);
    added.set("item", item);
    ofText("response.content_part.added")
        .set("part", ResponseHead.part("", JsonRecord.empty().arrayNode()));
  }

  private void endItems() {
    if (output.hasMessage()) {
      beginMessage();
      ObjectNode done = ofText("response.output_text.done");
      done.put("text", output.text());
      done.set("logprobs", eventLogprobs());
      ofText("response.content_part.done").set("part", output.part());
      itemDone(0, output.message(head));
    }
    int index = hasMessage ? 1 : 0;
    int call = 1;
    for (JsonNode one : output.calls()) {
      call(index++, call++, one);
    }
  }

  private JsonNode eventLogprobs() {
    ObjectNode all = JsonRecord.empty();
    all.set("content", output.part().get("logprobs"));
    return ResponseHead.ofEvent(all);
  }

  private void call(int index, int number, JsonNode call) {
    ObjectNode whole = head.call(number, call, "completed");
    ObjectNode begun = head.call(number, call, "in_progress");
    begun.put("arguments", "");
    ObjectNode added = event("response.output_item.added");
    added.put("output_index", index);
    added.set("item", begun);
    ObjectNode delta = event("response.function_call_arguments.delta");
    delta.set("item_id", whole.get("id"));
    delta.put("output_index", index);
    delta.set("delta", whole.get("arguments"));
    ObjectNode done = event("response.function_call_arguments.done");
    done.set("item_id", whole.get("id"));
    done.put("output_index", index);
    done.set("arguments", whole.get("arguments"));
    itemDone(index, whole);
  }

  private void itemDone(int index, ObjectNode item) {
    ObjectNode done = event("response.output_item.done");
    done.put("output_index", index);
    done.set("item", item);
  }

  /** The last event. */
  public List<ObjectNode> over(JsonNode usage) {
    create();
    ObjectNode response = head.ended(output, usage);
    boolean completed = response.path("status").asString("").equals("completed");
    event(completed ? "response.completed" : "response.incomplete").set("response", response);
    return taken();
  }

  /** The last event, where there is no more of the answer. */
  public List<ObjectNode> failed(ApiException error) {
    create();
    event("response.failed").set("response", head.failed(JsonRecord.empty().arrayNode(), error));
    return taken();
  }

  private ObjectNode ofText(String type) {
    ObjectNode event = event(type);
    event.set("item_id", head.message("").get("id"));
    event.put("output_index", 0);
    event.put("content_index", 0);
    return event;
  }

  private ObjectNode event(String type) {
    ObjectNode event = JsonRecord.empty();
    event.put("type", type);
    event.put("sequence_number", number++);
    events.add(event);
    return event;
  }

  private List<ObjectNode> taken() {
    List<ObjectNode> taken = List.copyOf(events);
    events.clear();
    return taken;
  }
}
