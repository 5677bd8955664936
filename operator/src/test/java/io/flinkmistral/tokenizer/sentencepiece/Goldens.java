package io.flinkmistral.tokenizer.sentencepiece;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Texts with the ids that SentencePiece 0.1.97 gives them, and dialogues with theirs. */
public final class Goldens {
  private Goldens() {}

  /** A text, its ids without BOS, and what they decode to. */
  record Encoding(String version, String text, int[] ids, String decoded) {
    SentencePieceTokenizer tokenizer() {
      return Tokenizers.of(version);
    }

    @Override
    public String toString() {
      return version + " '" + text + "'";
    }
  }

  static List<Encoding> encodings() {
    List<Encoding> result = new ArrayList<>();
    JsonNode texts = read("strings.json");
    for (String version : List.of("v1", "v3")) {
      JsonNode entries = read("goldens_" + version + ".json").get("entries");
      if (entries.size() != texts.size()) {
        throw new IllegalStateException("not one entry for each text");
      }
      for (int i = 0; i < texts.size(); i++) {
        JsonNode entry = entries.get(i);
        String text = texts.get(i).get("text").stringValue();
        result.add(new Encoding(version, text, ids(entry), entry.get("decoded").stringValue()));
      }
    }
    return result;
  }

  public static JsonNode read(String file) {
    try (InputStream in = Goldens.class.getResourceAsStream("/tokenizer/" + file)) {
      return JsonMapper.shared().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static int[] ids(JsonNode entry) {
    return StreamSupport.stream(entry.get("ids").spliterator(), false)
        .mapToInt(JsonNode::intValue)
        .toArray();
  }
}
