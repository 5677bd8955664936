package io.flinkmistral.tokenizer.sentencepiece;

import io.flinkmistral.tokenizer.FingerprintInput;
import io.flinkmistral.tokenizer.IdBuffer;
import io.flinkmistral.tokenizer.TokenStreamDecoder;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.bpe.BpeMerge;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * SentencePiece's byte-pair encoding, id for id as SentencePiece 0.1.97 does it with Mistral's
 * models: no normalisation, a space is U+2581 inside pieces, and characters that are in no piece
 * are encoded byte by byte where the vocabulary has byte pieces.
 *
 * <p>Any string can be encoded; a lone surrogate, which UTF-8 cannot express, becomes U+FFFD.
 * Encoding n characters takes O(n log n). Immutable, so safe for use by many threads.
 */
public final class SentencePieceTokenizer implements Tokenizer {
  /** What stands for a space in pieces. */
  static final char SPACE = '\u2581';

  private static final char REPLACEMENT = '\uFFFD';

  private final SentencePieceVocabulary vocabulary;
  private final ScoredMerges rules;
  private final BytePieces bytes;
  private final int longestPiece;

  /**
   * A tokenizer with the pieces {@link SentencePieceVocabulary#withControls as controls} that steer
   * the model.
   *
   * @throws IllegalArgumentException where the vocabulary's special ids are not in it, or a byte
   *     piece does not look like one
   */
  public SentencePieceTokenizer(SentencePieceVocabulary vocabulary) {
    requireInside("bosId", vocabulary.bosId(), vocabulary);
    requireInside("eosId", vocabulary.eosId(), vocabulary);
    requireInside("unknownId", vocabulary.unknownId(), vocabulary);
    this.vocabulary = vocabulary.withControls(List.of());
    rules = new ScoredMerges(this.vocabulary);
    bytes = new BytePieces(this.vocabulary);
    longestPiece = vocabulary.pieces().stream().mapToInt(String::length).max().orElse(1);
  }

  @Override
  public int[] encode(String text) {
    return vocabulary.removeExtraSpaces()
        ? encodeAsIs(ExtraSpaces.removed(text), vocabulary.addDummyPrefix())
        : encodeAsIs(text, vocabulary.addDummyPrefix());
  }

  @Override
  public int[] encodeInside(String text) {
    return encodeAsIs(text, false);
  }

  private int[] encodeAsIs(String text, boolean withPrefix) {
    if (text.isEmpty()) {
      return new int[0];
    }
    IdBuffer ids = new IdBuffer(text.length() / 2);
    new BpeMerge(rules, escaped(text, withPrefix)).forEachPiece(new Collector(ids));
    return ids.toArray();
  }

  @Override
  public Optional<byte[]> bytesOf(int id, boolean atStart) {
    String piece = vocabulary.pieces().get(id);
    return switch (vocabulary.types().get(id)) {
      case CONTROL, UNKNOWN -> Optional.empty();
      case BYTE -> Optional.of(new byte[] {(byte) BytePieces.valueOf(piece, id)});
      case NORMAL, USER_DEFINED, UNUSED -> bytesOf(piece, atStart);
    };
  }

  private Optional<byte[]> bytesOf(String piece, boolean atStart) {
    boolean prefixed =
        atStart
            && (vocabulary.addDummyPrefix() || vocabulary.removeExtraSpaces())
            && piece.indexOf(SPACE) == 0;
    String text = (prefixed ? piece.substring(1) : piece).replace(SPACE, ' ');
    boolean leavesStart = !text.isEmpty() || prefixed && !vocabulary.removeExtraSpaces();
    return leavesStart ? Optional.of(text.getBytes(StandardCharsets.UTF_8)) : Optional.empty();
  }

  /** Without spaces, which templates may take off. */
  @Override
  public int fewestTokens(String text) {
    if (!bytes.complete()) {
      return 0; // One id may stand for any number of unknown characters.
    }
    long characters = text.chars().filter(c -> c != ' ').count();
    return (int) (characters / Math.max(1, longestPiece));
  }

  @Override
  public TokenStreamDecoder newDecoder() {
    return new SentencePieceDecoder(vocabulary);
  }

  @Override
  public SentencePieceVocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public void addTo(FingerprintInput input) {
    vocabulary.addPieces(input);
    input.flag(vocabulary.addDummyPrefix());
    if (vocabulary.removeExtraSpaces()) {
      input.text("without extra spaces");
    }
  }

  /** The text as pieces spell it. */
  private char[] escaped(String text, boolean withPrefix) {
    int prefix = withPrefix ? 1 : 0;
    char[] result = new char[Math.addExact(text.length(), prefix)];
    text.getChars(0, text.length(), result, prefix);
    if (prefix > 0) {
      result[0] = SPACE;
    }
    for (int i = prefix; i < result.length; i++) {
      if (result[i] == ' ') {
        result[i] = SPACE;
      } else if (Character.isSurrogate(result[i])) {
        if (i + 1 < result.length && Character.isSurrogatePair(result[i], result[i + 1])) {
          i++;
        } else {
          result[i] = REPLACEMENT;
        }
      }
    }
    return result;
  }

  private static void requireInside(String name, int id, SentencePieceVocabulary vocabulary) {
    if (id < 0 || id >= vocabulary.size()) {
      throw new IllegalArgumentException(
          "%s is %d, but the vocabulary has the ids 0 to %d: the model file is damaged"
              .formatted(name, id, vocabulary.size() - 1));
    }
  }

  /** Collects ids; spells unknown characters in bytes, or makes one unknown id of a run of them. */
  private final class Collector implements BpeMerge.Sink {
    private final IdBuffer ids;
    private boolean inUnknown;

    Collector(IdBuffer ids) {
      this.ids = ids;
    }

    @Override
    public void known(int id) {
      inUnknown = false;
      ids.add(id);
    }

    @Override
    public void unknown(int codePoint) {
      if (bytes.complete()) {
        bytes.encode(codePoint, ids);
      } else if (!inUnknown) {
        inUnknown = true;
        ids.add(vocabulary.unknownId());
      }
    }
  }
}
