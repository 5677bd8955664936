package io.flinkmistral.weights.gguf;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.tekken.TekkenVocabulary;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.ByteCursor;
import io.flinkmistral.weights.vocabulary.ByteAlphabet;
import io.flinkmistral.weights.vocabulary.VocabularyChecks;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A Tekken tokenizer that a GGUF file holds in its metadata: special pieces by their names, then
 * those of the bytes 0 to 255, then what is merged of them, all spelt in {@link ByteAlphabet}.
 *
 * <p>Merges are listed too, but the ids tell their order: a piece is merged before those of higher
 * ids, as in {@code tekken.json}. Where the list says otherwise, the file is refused.
 */
final class GgufTekken {
  private static final String PRE = "tokenizer.ggml.pre";
  static final String TEKKEN = "tekken";

  /** Of the template, in files that this project writes; others name none. */
  static final String VERSION = "flinkmistral.tokenizer.version";

  static final String MERGES = "tokenizer.ggml.merges";
  private static final int BYTES = 256;

  private final GgufMetadata metadata;
  private final GgufPieces source;
  private final List<String> pieces = new ArrayList<>();
  private final List<PieceType> types = new ArrayList<>();

  /** Bytes to id of the pieces that texts are made of. */
  private final Map<String, Integer> ids = new HashMap<>();

  private GgufTekken(GgufMetadata metadata, GgufPieces source) {
    this.metadata = metadata;
    this.source = source;
  }

  static TekkenVocabulary read(GgufMetadata metadata, GgufPieces source)
      throws MalformedModelException {
    Optional<String> pre = metadata.text(PRE);
    if (pre.isEmpty()) {
      throw metadata.wrong(
          GgufVocabularyReader.MODEL,
          "is gpt2, and there is no %s; only %s is supported".formatted(PRE, TEKKEN));
    }
    if (!pre.get().equals(TEKKEN)) {
      throw metadata.wrong(
          PRE, "is %s, which is not supported; %s is".formatted(pre.get(), TEKKEN));
    }
    return new GgufTekken(metadata, source).vocabulary();
  }

  private TekkenVocabulary vocabulary() throws MalformedModelException {
    List<String> tokens = source.texts();
    Optional<List<PieceType>> declared = source.types();
    int firstByte = firstByte(tokens);
    for (int id = 0; id < tokens.size(); id++) {
      PieceType type = id < firstByte ? PieceType.CONTROL : PieceType.NORMAL;
      if (id >= firstByte + BYTES && declared.isPresent()) {
        type = declared.get().get(id);
      }
      types.add(type);
      pieces.add(piece(id, tokens.get(id), type));
    }
    checkMerges();
    return new TekkenVocabulary(
        pieces, types, source.id("bos", 1), source.id("eos", 2), templateVersion());
  }

  /** The id of the byte 0, after which all others must follow in order. */
  private int firstByte(List<String> tokens) throws MalformedModelException {
    int first = tokens.indexOf(ByteAlphabet.piece("\0"));
    for (int value = 0; value < BYTES; value++) {
      String expected = ByteAlphabet.piece(String.valueOf((char) value));
      String found =
          first < 0 || first + value >= tokens.size() ? "none" : tokens.get(first + value);
      if (!found.equals(expected)) {
        throw metadata.wrong(
            GgufVocabularyReader.TOKENS,
            "must have the pieces of the bytes in a row, but for 0x%02X (%s) there is %s"
                .formatted(value, expected, found));
      }
    }
    return first;
  }

  private String piece(int id, String token, PieceType type) throws MalformedModelException {
    return switch (type) {
      case NORMAL -> {
        String bytes = ByteAlphabet.bytes(token);
        if (bytes == null || bytes.isEmpty()) {
          throw metadata.wrong(
              GgufVocabularyReader.TOKENS,
              "has the piece %d, '%s', which spells no bytes".formatted(id, token));
        }
        Integer before = ids.put(bytes, id);
        if (before != null) {
          throw metadata.wrong(
              GgufVocabularyReader.TOKENS,
              "has the piece '%s' twice, at the ids %d and %d".formatted(token, before, id));
        }
        yield bytes;
      }
      case USER_DEFINED -> TekkenVocabulary.spelt(token.getBytes(StandardCharsets.UTF_8));
      case CONTROL, UNUSED, UNKNOWN -> token;
      case BYTE ->
          throw metadata.wrong(
              GgufPieces.TYPES,
              "gives piece %d the type %d, which Tekken has not".formatted(id, type.code()));
    };
  }

  private void checkMerges() throws MalformedModelException {
    Optional<GgufMetadata.Value> merges = metadata.array(MERGES, GgufType.STRING);
    if (merges.isEmpty()) {
      return;
    }
    ByteCursor cursor = metadata.cursor(merges.get());
    int before = 0;
    for (long i = 0; i < merges.get().count(); i++) {
      String merge = cursor.string("merge " + i, 4 * VocabularyChecks.MAX_PIECE_BYTES);
      int merged = merged(i, merge);
      if (merged < before) {
        throw metadata.wrong(
            MERGES,
            "has the merge %d, '%s', of piece %d after one of piece %d: Tekken merges in the order of ids"
                .formatted(i, merge, merged, before));
      }
      before = merged;
    }
  }

  /** The id of what a merge makes. */
  private int merged(long index, String merge) throws MalformedModelException {
    int space = merge.indexOf(' ');
    String left = ByteAlphabet.bytes(merge.substring(0, Math.max(0, space)));
    String right = ByteAlphabet.bytes(merge.substring(space + 1));
    Integer id = left == null || right == null ? null : ids.get(left + right);
    if (id == null || !ids.containsKey(left) || !ids.containsKey(right)) {
      throw metadata.wrong(
          MERGES, "has the merge %d, '%s', which joins no two pieces".formatted(index, merge));
    }
    return id;
  }

  /** The file's own word, or the first version that had what the special pieces name. */
  private String templateVersion() throws MalformedModelException {
    Optional<String> version = metadata.text(VERSION);
    if (version.isPresent()) {
      return version.get();
    }
    List<String> special = pieces.subList(0, types.indexOf(PieceType.NORMAL));
    if (special.contains("[ARGS]")) {
      return "v11";
    }
    return special.contains("[SYSTEM_PROMPT]") ? "v7" : "v3";
  }

  /** The pieces as GGUF files spell them. */
  static List<String> tokens(TekkenVocabulary vocabulary) {
    return IntStream.range(0, vocabulary.size())
        .mapToObj(
            id -> {
              String piece = vocabulary.pieces().get(id);
              return switch (vocabulary.types().get(id)) {
                case NORMAL -> ByteAlphabet.piece(piece);
                case USER_DEFINED ->
                    new String(piece.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
                case CONTROL, UNUSED, UNKNOWN, BYTE -> piece;
              };
            })
        .toList();
  }

  /**
   * For engines that merge by a list: all pairs of pieces that make a piece, in the order of what
   * they make and then of the left one's length.
   */
  static List<String> merges(TekkenVocabulary vocabulary) {
    Set<String> pieces = new HashSet<>();
    List<String> ordered = new ArrayList<>();
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.types().get(id) == PieceType.NORMAL) {
        pieces.add(vocabulary.pieces().get(id));
        ordered.add(vocabulary.pieces().get(id));
      }
    }
    List<String> merges = new ArrayList<>();
    for (String piece : ordered) {
      for (int split = 1; split < piece.length(); split++) {
        String left = piece.substring(0, split);
        String right = piece.substring(split);
        if (pieces.contains(left) && pieces.contains(right)) {
          merges.add(ByteAlphabet.piece(left) + " " + ByteAlphabet.piece(right));
        }
      }
    }
    return merges;
  }
}
