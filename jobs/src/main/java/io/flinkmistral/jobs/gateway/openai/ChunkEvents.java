package io.flinkmistral.jobs.gateway.openai;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Chunks as events, of which the last one is none. */
public final class ChunkEvents implements AnswerEvents {
  private static final String DONE = "data: [DONE]\n\n";

  private final AnswerChunks chunks;

  public ChunkEvents(AnswerChunks chunks) {
    this.chunks = chunks;
  }

  private static String event(ObjectNode json) {
    return "data: " + json + "\n\n";
  }

  @Override
  public void begins(String conversation) {
    // Chunks do not say which.
  }

  @Override
  public List<String> of(Piece piece) {
    return chunks.of(piece).stream().map(ChunkEvents::event).toList();
  }

  @Override
  public List<String> over(JsonNode usage) {
    List<String> events = new ArrayList<>();
    chunks.over(usage).forEach(chunk -> events.add(event(chunk)));
    events.add(DONE);
    return events;
  }

  @Override
  public List<String> failed(ApiException error) {
    return List.of(event(error.body()));
  }
}
