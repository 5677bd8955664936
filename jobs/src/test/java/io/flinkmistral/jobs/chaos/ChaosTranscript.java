package io.flinkmistral.jobs.chaos;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** All that a reader of committed answers and of tokens has seen. */
final class ChaosTranscript {
  /** A streamed piece of an answer. */
  record Piece(String text, String finishReason, String logprobs) {
    boolean isLast() {
      return !finishReason.isEmpty();
    }

    /** Whether it says the other one again, or that the answer ends with it. */
    boolean agreesWith(Piece other) {
      return equals(other)
          || (text.equals(other.text) && (isCut(finishReason) || isCut(other.finishReason)));
    }
  }

  /** Of a piece, in the stream of its request. */
  private record Place(int choice, int index) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      return Comparator.comparingInt(Place::choice)
          .thenComparingInt(Place::index)
          .compare(this, other);
    }
  }

  private final Map<String, List<JsonNode>> answers = new LinkedHashMap<>();
  private final Map<String, TreeMap<Place, Piece>> streams = new LinkedHashMap<>();
  private final List<String> contradictions = new ArrayList<>();
  private int pieces;
  private int repeated;
  private final Set<String> ended = new HashSet<>();

  /** By request and choice, the index of the piece that says that the answer was ended. */
  private final Map<String, Map<Integer, Integer>> cutAt = new HashMap<>();

  /** An answer or an error. */
  void addAnswer(JsonNode json) {
    answers.computeIfAbsent(json.get("request_id").stringValue(), _ -> new ArrayList<>()).add(json);
  }

  /** A streamed token; returns its piece where it was not there before. */
  Optional<Piece> addToken(JsonNode json) {
    String request = json.get("request_id").stringValue();
    Place place = new Place(json.path("choice").asInt(0), json.get("index").intValue());
    Piece piece =
        new Piece(
            json.get("text").stringValue(),
            json.path("finish_reason").asString(""),
            json.path("logprobs").toString());
    Piece known = streams.computeIfAbsent(request, _ -> new TreeMap<>()).putIfAbsent(place, piece);
    if (piece.isLast() && place.choice() == 0) {
      ended.add(request);
    }
    if (isCut(piece.finishReason())) {
      cutAt.computeIfAbsent(request, _ -> new HashMap<>()).put(place.choice(), place.index());
    }
    if (known != null) {
      addRepeated(
          "%s, piece %d of choice %d".formatted(request, place.index(), place.choice()),
          known,
          piece);
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

  /** Requests of whose first choice the last piece has been streamed. */
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

  /** Whether a piece has said that an answer ends before it is whole. */
  boolean toldToBeCut(String request) {
    return cutAt.containsKey(request);
  }

  /** Whether an answer has ended before it was whole. */
  static boolean isCut(String finishReason) {
    return finishReason.equals("cancelled") || finishReason.equals("timeout");
  }

  /**
   * What the pieces of a request make up, each taken once: the texts of its choices. Those beyond
   * the one that said that its answer was ended are void.
   */
  List<String> streamed(String request) {
    Map<Integer, Integer> ends = cutAt.getOrDefault(request, Map.of());
    Map<Integer, String> texts = new TreeMap<>();
    streams
        .getOrDefault(request, new TreeMap<>())
        .forEach(
            (place, piece) -> {
              if (place.index() <= ends.getOrDefault(place.choice(), Integer.MAX_VALUE)) {
                texts.merge(place.choice(), piece.text(), String::concat);
              }
            });
    return List.copyOf(texts.values());
  }

  /** Pieces of one request and index that are not equal. */
  List<String> contradictions() {
    return contradictions;
  }
}
