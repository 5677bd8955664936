package io.flinkmistral.jobs.gateway.openai;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Pieces of answers as the chunks of a stream. */
public final class AnswerChunks {
  private final AnswerHead head;
  private final boolean includeUsage;
  private final List<Choice> choices = new ArrayList<>();

  private static final class Choice {
    private final ChoiceText pieces;
    private final TextLogprobs lists = new TextLogprobs();
    private boolean begun;

    private Choice(boolean mayCall) {
      this.pieces = new ChoiceText(mayCall);
    }
  }

  /**
   * @param mayCall whether the request has tools
   * @param includeUsage whether the last chunk says what the answers took
   */
  public AnswerChunks(AnswerHead head, int choices, boolean mayCall, boolean includeUsage) {
    this.head = head;
    this.includeUsage = includeUsage;
    for (int i = 0; i < choices; i++) {
      this.choices.add(new Choice(mayCall));
    }
  }

  /** The chunks that a piece makes; none where all of it is held back. */
  public List<ObjectNode> of(Piece piece) {
    Choice choice = choices.get(piece.choice());
    Piece free = choice.pieces.accept(piece);
    return switch (head.endpoint()) {
      case CHAT -> chat(choice, free);
      case TEXT -> text(choice, free);
    };
  }

  private List<ObjectNode> chat(Choice choice, Piece piece) {
    List<ObjectNode> chunks = new ArrayList<>();
    if (!choice.begun) {
      choice.begun = true;
      ObjectNode first = chunk(piece.choice());
      ObjectNode delta = delta(first);
      delta.put("role", "assistant");
      delta.put("content", "");
      delta.putNull("refusal");
      chunks.add(first);
    }
    if (!piece.text().isEmpty() || !piece.logprobs().isMissingNode()) {
      ObjectNode chunk = chunk(piece.choice());
      delta(chunk).put("content", piece.text());
      if (!piece.logprobs().isMissingNode()) {
        first(chunk).set("logprobs", piece.logprobs());
      }
      chunks.add(chunk);
    }
    piece.end().ifPresent(end -> end(piece.choice(), end, chunks));
    return chunks;
  }

  private void end(int choice, Piece.End end, List<ObjectNode> chunks) {
    int index = 0;
    for (JsonNode call : end.toolCalls()) {
      ObjectNode chunk = chunk(choice);
      ObjectNode numbered = delta(chunk).putArray("tool_calls").addObject();
      numbered.put("index", index++);
      numbered.setAll((ObjectNode) call);
      chunks.add(chunk);
    }
    ObjectNode last = chunk(choice);
    first(last).put("finish_reason", end.finishReason());
    moderation(first(last), end);
    chunks.add(last);
  }

  private List<ObjectNode> text(Choice choice, Piece piece) {
    if (piece.text().isEmpty() && piece.end().isEmpty()) {
      return List.of();
    }
    ObjectNode chunk = head.chunk();
    ObjectNode one = chunk.putArray("choices").addObject();
    one.put("text", piece.text());
    one.put("index", piece.choice());
    if (piece.logprobs().isMissingNode()) {
      one.putNull("logprobs");
    } else {
      one.set("logprobs", choice.lists.lists(piece.logprobs()));
    }
    one.put("finish_reason", piece.end().map(Piece.End::finishReason).orElse(null));
    piece.end().ifPresent(end -> moderation(one, end));
    return List.of(withoutUsage(chunk));
  }

  private static void moderation(ObjectNode choice, Piece.End end) {
    if (!end.moderation().isMissingNode()) {
      choice.set("moderation", end.moderation());
    }
  }

  /** The last chunk; none where it was not asked for. */
  public List<ObjectNode> over(JsonNode usage) {
    if (!includeUsage) {
      return List.of();
    }
    ObjectNode chunk = head.chunk();
    chunk.putArray("choices");
    chunk.set("usage", usage);
    return List.of(chunk);
  }

  private ObjectNode chunk(int index) {
    ObjectNode chunk = head.chunk();
    ObjectNode choice = chunk.putArray("choices").addObject();
    choice.put("index", index);
    choice.putObject("delta");
    choice.putNull("logprobs");
    choice.putNull("finish_reason");
    return withoutUsage(chunk);
  }

  private ObjectNode withoutUsage(ObjectNode chunk) {
    if (includeUsage) {
      chunk.putNull("usage");
    }
    return chunk;
  }

  private static ObjectNode first(ObjectNode chunk) {
    return (ObjectNode) chunk.get("choices").get(0);
  }

  private static ObjectNode delta(ObjectNode chunk) {
    return (ObjectNode) first(chunk).get("delta");
  }
}
