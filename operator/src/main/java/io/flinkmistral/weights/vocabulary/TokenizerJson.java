package io.flinkmistral.weights.vocabulary;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.JsonFields;
import io.flinkmistral.weights.source.MappedFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Reads {@code tokenizer.json}, the tokenizers project's form of a tokenizer, where it is a
 * SentencePiece BPE model with byte fallback that was converted: what Mistral's folders hold.
 *
 * <pre>
 * {"added_tokens": [{"id": 0, "content": "&lt;unk&gt;", "special": true}, ...],
 *  "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend"}, {"type": "Replace"}]},
 *  "pre_tokenizer": null, or {"type": "Metaspace"} in place of the normalizer
 *  "model": {"type": "BPE", "unk_token": "&lt;unk&gt;", "byte_fallback": true,
 *            "vocab": {"piece": id, ...}, "merges": ["left right" or ["left", "right"], ...]}}
 * </pre>
 */
public final class TokenizerJson {
  /** What stands for a space in pieces. */
  private static final String SPACE = "\u2581";

  private final MappedFile file;
  private final JsonFields fields;
  private final JsonNode model;

  private TokenizerJson(MappedFile file, JsonFields fields, JsonNode model) {
    this.file = file;
    this.fields = fields;
    this.model = model;
  }

  public static SentencePieceVocabulary read(MappedFile file) throws MalformedModelException {
    return read(file, JsonFields.read(file));
  }

  public static SentencePieceVocabulary read(MappedFile file, JsonFields fields)
      throws MalformedModelException {
    Optional<JsonNode> model = fields.value("model");
    if (model.isEmpty() || !model.get().isObject()) {
      throw fields.wrong("model", "must be an object: this is no tokenizer.json");
    }
    return new TokenizerJson(file, fields, model.get()).vocabulary();
  }

  private SentencePieceVocabulary vocabulary() throws MalformedModelException {
    String type = model.path("type").asString("BPE");
    if (!type.equals("BPE") || !model.path("byte_fallback").asBoolean(false)) {
      throw fields.wrong(
          "model",
          "is %s with byte_fallback %s, which is not supported; BPE with byte_fallback is, and Tekken as a tekken.json"
              .formatted(type, model.path("byte_fallback")));
    }
    boolean prefix = addsDummyPrefix();
    List<String> pieces = pieces();
    List<PieceType> types = types(pieces);
    float[] scores = MergeScores.of(pieces, types, merges());
    String unknown = model.path("unk_token").asString("<unk>");
    return VocabularyChecks.checked(
        new SentencePieceVocabulary(
            pieces,
            scores,
            types,
            pieces.indexOf("<s>"),
            pieces.indexOf("</s>"),
            pieces.indexOf(unknown),
            prefix),
        file,
        fields.offset("model"));
  }

  /** Where the space is put before the text, if it is; other changes of the text are refused. */
  private boolean addsDummyPrefix() throws MalformedModelException {
    boolean prefix = false;
    for (JsonNode step : steps("normalizer", "normalizers")) {
      boolean known =
          switch (type(step)) {
            case "Prepend" -> step.path("prepend").asString("").equals(SPACE);
            case "Replace" ->
                step.path("pattern").path("String").asString("").equals(" ")
                    && step.path("content").asString("").equals(SPACE);
            default -> false;
          };
      if (!known) {
        fields.refuse("normalizer", "normalizer %s: %s".formatted(type(step), step));
      }
      prefix |= type(step).equals("Prepend");
    }
    for (JsonNode step : steps("pre_tokenizer", "pretokenizers")) {
      boolean known =
          type(step).equals("Metaspace") && step.path("replacement").asString(SPACE).equals(SPACE);
      if (!known) {
        fields.refuse("pre_tokenizer", "pre_tokenizer %s: %s".formatted(type(step), step));
      }
      boolean always = step.path("add_prefix_space").asBoolean(true);
      prefix |= !step.path("prepend_scheme").asString(always ? "always" : "never").equals("never");
    }
    return prefix;
  }

  private static String type(JsonNode step) {
    return step.path("type").asString("");
  }

  private List<JsonNode> steps(String key, String listKey) {
    Optional<JsonNode> value = fields.value(key);
    if (value.isEmpty()) {
      return List.of();
    }
    return value.get().has(listKey)
        ? List.copyOf(value.get().get(listKey).values())
        : List.of(value.get());
  }

  /** The pieces by id: those of the model, and tokens that were added behind them. */
  private List<String> pieces() throws MalformedModelException {
    Set<Map.Entry<String, JsonNode>> entries = model.path("vocab").properties();
    int size = entries.size();
    for (JsonNode added : added()) {
      size = Math.max(size, id(added.path("id")) + 1);
    }
    if (size > entries.size() + added().size()) {
      throw fields.wrong("added_tokens", "has the id %d, and none before it".formatted(size - 1));
    }
    String[] pieces = new String[size];
    for (Map.Entry<String, JsonNode> entry : entries) {
      put(pieces, id(entry.getValue()), entry.getKey(), "model");
    }
    for (JsonNode added : added()) {
      put(pieces, id(added.path("id")), added.path("content").asString(""), "added_tokens");
    }
    List<String> result = new ArrayList<>(size);
    for (int id = 0; id < size; id++) {
      if (pieces[id] == null) {
        throw fields.wrong("model", "has no piece of id " + id);
      }
      result.add(pieces[id]);
    }
    return result;
  }

  private void put(String[] pieces, int id, String piece, String key)
      throws MalformedModelException {
    if (id >= pieces.length || pieces[id] != null && !pieces[id].equals(piece)) {
      throw fields.wrong(key, "has the id %d of piece %s twice or too high".formatted(id, piece));
    }
    pieces[id] = piece;
  }

  private int id(JsonNode node) throws MalformedModelException {
    if (!node.isInt() || node.intValue() < 0 || node.intValue() >= VocabularyChecks.MAX_PIECES) {
      throw fields.wrong("model", "has the id " + node);
    }
    return node.intValue();
  }

  private List<JsonNode> added() {
    return fields.value("added_tokens").map(n -> List.copyOf(n.values())).orElse(List.of());
  }

  private List<PieceType> types(List<String> pieces) throws MalformedModelException {
    List<PieceType> types = new ArrayList<>(pieces.size());
    for (String piece : pieces) {
      types.add(VocabularyChecks.isByte(piece) ? PieceType.BYTE : PieceType.NORMAL);
    }
    for (JsonNode added : added()) {
      String piece = added.path("content").asString("");
      boolean special = added.path("special").asBoolean(false) && !isPlainText(piece);
      types.set(id(added.path("id")), special ? PieceType.CONTROL : PieceType.USER_DEFINED);
    }
    int unknown = pieces.indexOf(model.path("unk_token").asString("<unk>"));
    if (unknown >= 0) {
      types.set(unknown, PieceType.UNKNOWN);
    }
    return types;
  }

  /** Mistral's v3 marks these as special, but SentencePiece finds them in text. */
  private static boolean isPlainText(String piece) {
    return piece.startsWith("[REFERENCE_DOC_");
  }

  /** What each merge makes, in the order of the merges. */
  private List<String> merges() throws MalformedModelException {
    List<String> result = new ArrayList<>();
    for (JsonNode merge : model.path("merges").values()) {
      if (merge.isString() && merge.stringValue().indexOf(' ') > 0) {
        result.add(merge.stringValue().replace(" ", ""));
      } else if (merge.isArray() && merge.size() == 2) {
        result.add(merge.get(0).asString("") + merge.get(1).asString(""));
      } else {
        throw fields.wrong("model", "has the merge %s, no pair".formatted(merge));
      }
    }
    return result;
  }
}
