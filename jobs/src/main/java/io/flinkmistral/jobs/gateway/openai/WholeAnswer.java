package io.flinkmistral.jobs.gateway.openai;

import io.flinkmistral.jobs.json.JsonRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/** An answer, or several, put together from pieces. */
public final class WholeAnswer {
  private final AnswerHead head;
  private final List<Choice> choices = new ArrayList<>();

  private static final class Choice {
    private final ChoiceText pieces;
    private final StringBuilder text = new StringBuilder();
    private ArrayNode logprobs;
    private Optional<Piece.End> end = Optional.empty();

    private Choice(boolean mayCall) {
      this.pieces = new ChoiceText(mayCall);
    }
  }

  /**
   * @param mayCall whether the request has tools
   */
  public WholeAnswer(AnswerHead head, int choices, boolean mayCall) {
    this.head = head;
    for (int i = 0; i < choices; i++) {
      this.choices.add(new Choice(mayCall));
    }
  }

  public void accept(Piece piece) {
    Choice choice = choices.get(piece.choice());
    Piece free = choice.pieces.accept(piece);
    choice.text.append(free.text());
    choice.end = free.end();
    if (!free.logprobs().isMissingNode()) {
      if (choice.logprobs == null) {
        choice.logprobs = JsonRecord.empty().arrayNode();
      }
      free.logprobs().path("content").forEach(choice.logprobs::add);
    }
  }

  /** All of one of the answers, in place of its pieces. */
  public void replace(Piece whole) {
    choices.set(whole.choice(), new Choice(false));
    accept(whole);
  }

  /** The message of the first answer, in the form in which a client sends it back. */
  public ObjectNode message() {
    return message(choices.getFirst());
  }

  /** Whether the first answer is not given, and so its turn none of the dialogue's. */
  public boolean isBlocked() {
    return choices.getFirst().end.filter(Piece.End::isBlocked).isPresent();
  }

  /** All of it, when all answers have ended. */
  public ObjectNode json(JsonNode usage, JsonNode promptLogprobs) {
    ObjectNode json = head.whole();
    ArrayNode list = json.putArray("choices");
    for (int i = 0; i < choices.size(); i++) {
      ObjectNode choice = list.addObject();
      choice.put("index", i);
      switch (head.endpoint()) {
        case CHAT -> chat(choice, choices.get(i));
        case TEXT -> {
          text(choice, choices.get(i));
          putUnlessMissing(choice, "prompt_logprobs", promptLogprobs);
        }
      }
      Optional<Piece.End> end = choices.get(i).end;
      choice.put("finish_reason", end.map(Piece.End::finishReason).orElse("stop"));
      end.ifPresent(last -> putUnlessMissing(choice, "moderation", last.moderation()));
    }
    if (head.endpoint() == Endpoint.CHAT) {
      putUnlessMissing(json, "prompt_logprobs", promptLogprobs);
    }
    json.set("usage", usage);
    return json;
  }

  private static void putUnlessMissing(ObjectNode object, String name, JsonNode value) {
    if (!value.isMissingNode()) {
      object.set(name, value);
    }
  }

  private static void chat(ObjectNode json, Choice choice) {
    json.set("message", message(choice));
    if (choice.logprobs == null) {
      json.putNull("logprobs");
    } else {
      json.set("logprobs", content(choice));
    }
  }

  private static ObjectNode content(Choice choice) {
    ObjectNode content = JsonRecord.empty();
    content.set("content", choice.logprobs);
    content.putNull("refusal");
    return content;
  }

  private static ObjectNode message(Choice choice) {
    ObjectNode message = JsonRecord.empty();
    message.put("role", "assistant");
    JsonNode calls = choice.end.map(Piece.End::toolCalls).orElse(MissingNode.getInstance());
    if (choice.text.isEmpty() && !calls.isMissingNode()) {
      message.putNull("content");
    } else {
      message.put("content", choice.text.toString());
    }
    putUnlessMissing(message, "tool_calls", calls);
    message.putNull("refusal");
    return message;
  }

  private static void text(ObjectNode json, Choice choice) {
    json.put("text", choice.text.toString());
    if (choice.logprobs == null) {
      json.putNull("logprobs");
    } else {
      json.set("logprobs", new TextLogprobs().lists(content(choice)));
    }
  }
}
