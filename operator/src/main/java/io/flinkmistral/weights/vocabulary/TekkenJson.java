package io.flinkmistral.weights.vocabulary;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.tekken.TekkenSplitter;
import io.flinkmistral.tokenizer.tekken.TekkenVocabulary;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.JsonFields;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/**
 * Reads {@code tekken.json}, the form in which Mistral publishes Tekken tokenizers.
 *
 * <pre>
 * {"config": {"pattern": "...", "version": "v3",
 *             "default_vocab_size": 131072, "default_num_special_tokens": 1000},
 *  "vocab": [{"rank": 0, "token_bytes": "AA==" (base64), "token_str": "\u0000" or null}, ...],
 *  "special_tokens": [{"rank": 0, "token_str": "&lt;unk&gt;", "is_control": true}, ...]}
 * </pre>
 *
 * <p>Special pieces come first, filled up to their number by {@code <SPECIAL_20>} and so on; then
 * as many of the pieces as there is room for in the vocabulary's size: files hold more. Versions up
 * to v7 may leave the special pieces out: they are known.
 */
public final class TekkenJson {
  public static final String FILE = "tekken.json";

  public static final String CONFIG = "config";
  private static final String VOCAB = "vocab";
  private static final String SPECIALS = "special_tokens";
  private static final int BYTES = 256;

  private static final Set<String> VERSIONS = Set.of("v1", "v2", "v3", "v7", "v11", "v13", "v15");
  private static final Set<String> VERSIONS_WITHOUT_SPECIALS = Set.of("v1", "v2", "v3", "v7");

  /** Those of versions that do not list theirs. */
  private static final List<String> KNOWN_SPECIALS =
      List.of(
          "<unk>",
          "<s>",
          "</s>",
          "[INST]",
          "[/INST]",
          "[AVAILABLE_TOOLS]",
          "[/AVAILABLE_TOOLS]",
          "[TOOL_RESULTS]",
          "[/TOOL_RESULTS]",
          "[TOOL_CALLS]",
          "[IMG]",
          "<pad>",
          "[IMG_BREAK]",
          "[IMG_END]",
          "[PREFIX]",
          "[MIDDLE]",
          "[SUFFIX]",
          "[SYSTEM_PROMPT]",
          "[/SYSTEM_PROMPT]",
          "[TOOL_CONTENT]");

  private final JsonFields fields;
  private final JsonNode config;

  private TekkenJson(JsonFields fields, JsonNode config) {
    this.fields = fields;
    this.config = config;
  }

  /** Whether a JSON file looks like one of these. */
  public static boolean isIn(JsonFields fields) {
    return fields.has(CONFIG) || fields.has(VOCAB);
  }

  public static TekkenVocabulary read(JsonFields fields) throws MalformedModelException {
    Optional<JsonNode> config = fields.value(CONFIG);
    if (config.isEmpty() || !config.get().isObject()) {
      throw fields.wrong(CONFIG, "must be an object: this is no tekken.json");
    }
    return new TekkenJson(fields, config.get()).vocabulary();
  }

  private TekkenVocabulary vocabulary() throws MalformedModelException {
    String version = version();
    requirePattern();
    int size = count("default_vocab_size", BYTES + 1, VocabularyChecks.MAX_PIECES);
    int special = count("default_num_special_tokens", 1, size - BYTES);
    List<String> pieces = new ArrayList<>(specials(version, special));
    pieces.addAll(merged(size - special));
    List<PieceType> types =
        IntStream.range(0, size)
            .mapToObj(id -> id < special ? PieceType.CONTROL : PieceType.NORMAL)
            .toList();
    return new TekkenVocabulary(
        pieces,
        types,
        special("<s>", pieces.subList(0, special)),
        special("</s>", pieces.subList(0, special)),
        version);
  }

  private String version() throws MalformedModelException {
    JsonNode version = config.path("version");
    if (!version.isString() || !VERSIONS.contains(version.stringValue())) {
      throw fields.wrong(
          CONFIG,
          "has the version %s, which is not supported; %s are"
              .formatted(shown(version), VERSIONS.stream().sorted().toList()));
    }
    return version.stringValue();
  }

  /** The words are split by hand, so a file of another pattern would be encoded otherwise. */
  private void requirePattern() throws MalformedModelException {
    JsonNode pattern = config.path("pattern");
    if (!pattern.isString() || !pattern.stringValue().equals(TekkenSplitter.PATTERN)) {
      throw fields.wrong(
          CONFIG,
          "has the pattern %s, which is not supported; that of Mistral Nemo is"
              .formatted(shown(pattern)));
    }
  }

  private int count(String key, int least, int most) throws MalformedModelException {
    JsonNode value = config.path(key);
    if (!value.isInt() || value.intValue() < least || value.intValue() > most) {
      throw fields.wrong(
          CONFIG,
          "has the %s %s; it must be a number from %d to %d"
              .formatted(key, shown(value), least, most));
    }
    return value.intValue();
  }

  /** The names of the special pieces by id. */
  private List<String> specials(String version, int count) throws MalformedModelException {
    List<String> listed = listedSpecials(version, count);
    Map<String, Integer> ids = new HashMap<>();
    List<String> names = new ArrayList<>(count);
    for (int id = 0; id < count; id++) {
      String name = id < listed.size() ? listed.get(id) : "<SPECIAL_%d>".formatted(id);
      Integer before = ids.put(name, id);
      if (before != null) {
        throw fields.wrong(
            SPECIALS, "has the piece %s twice, at the ids %d and %d".formatted(name, before, id));
      }
      names.add(name);
    }
    return names;
  }

  private List<String> listedSpecials(String version, int count) throws MalformedModelException {
    Optional<JsonNode> listed = fields.value(SPECIALS);
    if (listed.isEmpty()) {
      if (!VERSIONS_WITHOUT_SPECIALS.contains(version)) {
        throw fields.wrong(
            SPECIALS, "is missing, which a file of version %s must have".formatted(version));
      }
      requireRoom(KNOWN_SPECIALS.size(), count);
      return KNOWN_SPECIALS;
    }
    if (!listed.get().isArray()) {
      throw fields.wrong(SPECIALS, "must be a list, but is " + shown(listed.get()));
    }
    requireRoom(listed.get().size(), count);
    String[] names = new String[listed.get().size()];
    for (JsonNode special : listed.get().values()) {
      JsonNode rank = special.path("rank");
      JsonNode name = special.path("token_str");
      boolean free = rank.isInt() && rank.intValue() >= 0 && rank.intValue() < names.length;
      if (!free || names[rank.intValue()] != null) {
        throw fields.wrong(
            SPECIALS,
            "has the piece %s, whose rank must be one of 0 to %d that no other has"
                .formatted(shown(special), names.length - 1));
      }
      if (!name.isString() || name.stringValue().length() > VocabularyChecks.MAX_PIECE_BYTES) {
        throw fields.wrong(
            SPECIALS,
            "has the piece %s, whose token_str must be a text of at most %d characters"
                .formatted(shown(special), VocabularyChecks.MAX_PIECE_BYTES));
      }
      names[rank.intValue()] = name.stringValue();
    }
    return List.of(names);
  }

  private void requireRoom(int specials, int count) throws MalformedModelException {
    if (specials > count) {
      throw fields.wrong(
          CONFIG,
          "has the default_num_special_tokens %d, but there are %d special pieces"
              .formatted(count, specials));
    }
  }

  private int special(String name, List<String> specials) throws MalformedModelException {
    int id = specials.indexOf(name);
    if (id < 0) {
      throw fields.wrong(SPECIALS, "has no piece " + name);
    }
    return id;
  }

  /** The first {@code count} of the pieces that texts are made of. */
  private List<String> merged(int count) throws MalformedModelException {
    JsonNode vocab = fields.value(VOCAB).orElse(null);
    if (vocab == null || !vocab.isArray() || vocab.size() < count) {
      throw fields.wrong(
          VOCAB,
          "must be a list of at least %d pieces, as many as default_vocab_size is more than default_num_special_tokens, but %s"
              .formatted(
                  count,
                  vocab == null || !vocab.isArray()
                      ? "is " + shown(vocab)
                      : "has " + vocab.size()));
    }
    Map<String, Integer> ranks = HashMap.newHashMap(count);
    List<String> pieces = new ArrayList<>(count);
    for (int rank = 0; rank < count; rank++) {
      JsonNode entry = vocab.get(rank);
      if (!entry.path("rank").isInt() || entry.path("rank").intValue() != rank) {
        throw fields.wrong(
            VOCAB, "has at place %d %s, whose rank must be that".formatted(rank, shown(entry)));
      }
      String piece = bytes(rank, entry);
      Integer before = ranks.put(piece, rank);
      if (before != null) {
        throw fields.wrong(
            VOCAB,
            "has the same token_bytes at the ranks %d and %d: %s"
                .formatted(before, rank, shown(entry)));
      }
      if (rank < BYTES && !(piece.length() == 1 && piece.charAt(0) == rank)) {
        throw fields.wrong(
            VOCAB,
            "has at place %d %s, whose token_bytes must be the byte 0x%02X"
                .formatted(rank, shown(entry), rank));
      }
      pieces.add(piece);
    }
    return pieces;
  }

  private String bytes(int rank, JsonNode entry) throws MalformedModelException {
    JsonNode text = entry.path("token_bytes");
    try {
      byte[] bytes = Base64.getDecoder().decode(text.isString() ? text.stringValue() : "");
      if (bytes.length > 0 && bytes.length <= VocabularyChecks.MAX_PIECE_BYTES) {
        return TekkenVocabulary.spelt(bytes);
      }
    } catch (IllegalArgumentException e) {
      // It is told below.
    }
    throw fields.wrong(
        VOCAB,
        "has at place %d %s, whose token_bytes must be 1 to %d bytes in base64"
            .formatted(rank, shown(entry), VocabularyChecks.MAX_PIECE_BYTES));
  }

  private static String shown(JsonNode value) {
    if (value == null || value.isMissingNode()) {
      return "missing";
    }
    String text = value.toString();
    return text.length() > 120 ? text.substring(0, 120) + "..." : text;
  }
}
