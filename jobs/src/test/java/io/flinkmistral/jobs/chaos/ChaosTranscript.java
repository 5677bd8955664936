package io.flinkmistral.jobs.chaos;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** All that a reader of committed answers and of tokens has seen. */
final class ChaosTranscript {
  /** A streamed piece of an answer. */
  record Piece(String text, String finishReason) {
    boolean isLast() {
      return !finishReason.isEmpty();
    }

    /** Whether it says the other one again, or that the answer ends with it. */
    boolean agreesWith(Piece other) {
      return equals(other)
          || (text.equals(other.text) && (isCut(finishReason) || isCut(other.finishReason)));
    }
  }

  private final Map<String, List<JsonNode>> answers = new LinkedHashMap<>();
  private final Map<String, TreeMap<Integer, Piece>> streams = new LinkedHashMap<>();
  private final List<String> contradictions = new ArrayList<>();
  private int pieces;
  private int repeated;
  private final Set<String> ended = new HashSet<>();
  private final Set<String> toldToBeCut = new HashSet<>();

  /** An answer or an error. */
  void addAnswer(JsonNode json) {
    answers.computeIfAbsent(json.get("request_id").stringValue(), _ -> new ArrayList<>()).add(json);
  }

  /** A streamed token; returns its piece where it was not there before. */
  Optional<Piece> addToken(JsonNode json) {
    String request = json.get("request_id").stringValue();
    int index = json.get("index").intValue();
    Piece piece =
        new Piece(json.get("text").stringValue(), json.path("finish_reason").asString(""));
    Piece known = streams.computeIfAbsent(request, _ -> new TreeMap<>()).putIfAbsent(index, piece);
    if (piece.isLast()) {
      ended.add(request);
    }
    if (isCut(piece.finishReason())) {
      toldToBeCut.add(request);
    }
    if (known != null) {
      addRepeated("%s, piece %d".formatted(request, index), known, piece);
      return Optional.empty();
    }
    pieces++;
    return Optional.of(piece);
  }

  private void addRepeated(String place, Piece known, Piece piece) {
    repeated++;
    if (!known.agreesWith(piece)) {
      contradictions.add("%s: first %s, then %s".formatted(place, known, piece));
    }
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
    return ended.size();
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

  /** Whether a piece has said that the answer ends before it is whole. */
  boolean toldToBeCut(String request) {
    return toldToBeCut.contains(request);
  }

  /** Whether an answer has ended before it was whole. */
  static boolean isCut(String finishReason) {
    return finishReason.equals("cancelled") || finishReason.equals("timeout");
  }

  /** What the pieces of a request make up, each taken once. */
  String streamed(String request) {
    return streamed(request, Integer.MAX_VALUE);
  }

  /** What those up to an index make up; the others are void. */
  String streamed(String request, int lastIndex) {
    return streams.getOrDefault(request, new TreeMap<>()).headMap(lastIndex, true).values().stream()
        .map(Piece::text)
        .collect(Collectors.joining());
  }

  /** Pieces of one request and index that are not equal. */
  List<String> contradictions() {
    return contradictions;
  }
}
