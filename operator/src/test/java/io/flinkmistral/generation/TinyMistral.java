package io.flinkmistral.generation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The small trained model among the test resources, and what it is known to answer. */
public final class TinyMistral {
  /** One turn of a conversation: a user's text and the F32 model's greedy answer. */
  public record Turn(String user, String reference) {}

  private TinyMistral() {}

  /** The model in Q8_0. */
  public static Path file() {
    return resource("/tiny-mistral/tiny-mistral.q8_0.gguf");
  }

  /** Conversations, each a list of turns. */
  public static List<List<Turn>> conversations() {
    List<List<Turn>> conversations = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(resource("/tiny-mistral/eval.jsonl"))) {
        List<Turn> turns = new ArrayList<>();
        for (JsonNode turn : JsonMapper.shared().readTree(line).required("turns")) {
          turns.add(
              new Turn(turn.required("user").asString(), turn.required("reference").asString()));
        }
        conversations.add(turns);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return conversations;
  }

  private static Path resource(String name) {
    try {
      return Path.of(Objects.requireNonNull(TinyMistral.class.getResource(name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
