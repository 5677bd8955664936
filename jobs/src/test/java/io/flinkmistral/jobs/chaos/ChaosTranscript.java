package io.flinkmistral.jobs.chaos;

import io.flinkmistral.jobs.TopicProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** All that a reader of committed answers and of tokens has seen. */
final class ChaosTranscript implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(5);

  /** A streamed piece of an answer. */
  record Piece(String text, String finishReason) {
    boolean isLast() {
      return !finishReason.isEmpty();
    }
  }

  private final TopicProbe completions;
  private final TopicProbe tokens;
  private final Map<String, List<JsonNode>> answers = new LinkedHashMap<>();
  private final Map<String, TreeMap<Integer, Piece>> streams = new LinkedHashMap<>();
  private final List<String> contradictions = new ArrayList<>();
  private int pieces;
  private int repeated;
  private int ended;

  ChaosTranscript(String bootstrapServers) {
    completions = new TopicProbe(bootstrapServers, "completions");
    tokens = new TopicProbe(bootstrapServers, "tokens");
  }

  /** Reads what has come in. Returns the pieces among it that were not there before. */
  List<Piece> read() {
    completions
        .poll(POLL)
        .forEach(
            record -> {
              JsonNode json = TopicProbe.json(record);
              answers
                  .computeIfAbsent(json.get("request_id").stringValue(), _ -> new ArrayList<>())
                  .add(json);
            });
    List<Piece> fresh = new ArrayList<>();
    tokens.poll(POLL).forEach(record -> add(TopicProbe.json(record), fresh));
    return fresh;
  }

  private void add(JsonNode token, List<Piece> fresh) {
    String request = token.get("request_id").stringValue();
    int index = token.get("index").intValue();
    Piece piece =
        new Piece(token.get("text").stringValue(), token.path("finish_reason").asString(""));
    Piece known = streams.computeIfAbsent(request, _ -> new TreeMap<>()).putIfAbsent(index, piece);
    if (known == null) {
      pieces++;
      ended += piece.isLast() ? 1 : 0;
      fresh.add(piece);
    } else {
      repeated++;
      if (!known.equals(piece)) {
        contradictions.add(
            "%s, piece %d: first %s, then %s".formatted(request, index, known, piece));
      }
    }
  }

  /** Reads all there is, which is all there will be if no job is running. */
  void readToEnd() {
    do {
      read();
    } while (!completions.isAtEnd() || !tokens.isAtEnd());
  }

  /** Different pieces. */
  int pieces() {
    return pieces;
  }

  /** Pieces that were there already: a generation was resumed from before them. */
  int repeatedPieces() {
    return repeated;
  }

  /** Requests whose last piece has been streamed. */
  int ended() {
    return ended;
  }

  /** Requests with an answer. */
  int answered() {
    return answers.size();
  }

  /** All answers to a request, errors among them. */
  List<JsonNode> answersTo(String request) {
    return answers.getOrDefault(request, List.of());
  }

  /** Requests that nobody has sent. */
  List<String> unknown(Set<String> sent) {
    return answers.keySet().stream().filter(id -> !sent.contains(id)).toList();
  }

  /** What the pieces of a request make up, each taken once. */
  String streamed(String request) {
    return streams.getOrDefault(request, new TreeMap<>()).values().stream()
        .map(Piece::text)
        .collect(Collectors.joining());
  }

  /** Pieces of one request and index that are not equal. */
  List<String> contradictions() {
    return contradictions;
  }

  @Override
  public void close() {
    completions.close();
    tokens.close();
  }
}
