package io.flinkmistral.jobs.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** All that a reader of the topics of answers and tokens has seen so far. */
final class Transcript {
  /** A streamed token. Two of one request and index must be equal. */
  private record Piece(String text, String finishReason) {}

  private final List<JsonNode> completions = new ArrayList<>();
  private final Map<String, TreeMap<Integer, Piece>> streams = new LinkedHashMap<>();
  private int pieces;
  private int repeatedPieces;

  // Of the attempt that is running:
  private final Set<String> begun = new HashSet<>();
  private final Set<String> ended = new HashSet<>();
  private int writtenPieces;

  /** What comes from now on is written by another attempt of the job. */
  void attemptBegins() {
    begun.clear();
    ended.clear();
    writtenPieces = 0;
  }

  void addCompletion(JsonNode completion) {
    completions.add(completion);
  }

  void addPiece(JsonNode token) {
    String requestId = token.get("request_id").stringValue();
    int index = token.get("index").intValue();
    Piece piece =
        new Piece(token.get("text").stringValue(), token.path("finish_reason").asString(""));
    Piece known = streams.computeIfAbsent(requestId, id -> new TreeMap<>()).put(index, piece);
    if (known == null) {
      pieces++;
    } else {
      repeatedPieces++;
      assertThat(piece).as("%s, piece %d, written again", requestId, index).isEqualTo(known);
    }
    writtenPieces++;
    begun.add(requestId);
    if (!piece.finishReason().isEmpty()) {
      ended.add(requestId);
    }
  }

  /** Records on the topic of answers, errors among them. */
  int completions() {
    return completions.size();
  }

  /** Different pieces. */
  int pieces() {
    return pieces;
  }

  /** Pieces that were there already: a generation was resumed from before them. */
  int repeatedPieces() {
    return repeatedPieces;
  }

  /** Pieces that this attempt has written. */
  int writtenPieces() {
    return writtenPieces;
  }

  /** Requests of which this attempt has written pieces, but not the last one. */
  Set<String> midway() {
    Set<String> midway = new HashSet<>(begun);
    midway.removeAll(ended);
    return midway;
  }

  /** The answers by request; fails where one is answered twice. */
  Map<String, Answer> answers() {
    return completions.stream()
        .filter(completion -> !completion.has("error"))
        .collect(Collectors.toMap(c -> c.get("request_id").stringValue(), Answer::of));
  }

  /** The requests that were refused, each as often as it was. */
  List<String> refused() {
    return completions.stream()
        .filter(completion -> completion.has("error"))
        .map(completion -> completion.get("request_id").stringValue())
        .toList();
  }

  /** What the pieces of each request make up. */
  Map<String, String> streamedTexts() {
    return streams.entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                stream ->
                    stream.getValue().values().stream()
                        .map(Piece::text)
                        .collect(Collectors.joining())));
  }
}
