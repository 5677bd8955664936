package io.flinkmistral.tokenizer.tekken;

import io.flinkmistral.tokenizer.FingerprintInput;
import io.flinkmistral.tokenizer.IdBuffer;
import io.flinkmistral.tokenizer.TokenStreamDecoder;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.bpe.BpeMerge;
import io.flinkmistral.tokenizer.bpe.PieceTable;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Tekken's byte-pair encoding, id for id as mistral-common does it with tiktoken: a text is split
 * into words, and a word that is a piece is that piece; in others, bytes are merged.
 *
 * <p>Any string can be encoded; a lone surrogate becomes U+FFFD. Encoding n characters takes O(n
 * log n). Immutable, so safe for use by many threads.
 */
final class TekkenTokenizer implements Tokenizer {
  private static final char REPLACEMENT = '\uFFFD';

  private final TekkenVocabulary vocabulary;
  private final RankedMerges rules;
  private final int longestPiece;

  /**
   * @throws IllegalArgumentException where a byte has no piece, so that there are texts that cannot
   *     be encoded
   */
  TekkenTokenizer(TekkenVocabulary vocabulary) {
    this.vocabulary = vocabulary;
    rules = new RankedMerges(vocabulary);
    longestPiece =
        IntStream.range(0, vocabulary.size())
            .filter(vocabulary::isMerged)
            .map(id -> vocabulary.pieces().get(id).length())
            .max()
            .orElse(1);
    for (char value = 0; value < 0x100; value++) {
      if (rules.find(new char[] {value}, 0, 1) == PieceTable.NONE) {
        throw new IllegalArgumentException(
            "the vocabulary has no piece for the byte 0x%02X: the model file is damaged"
                .formatted((int) value));
      }
    }
  }

  @Override
  public int[] encode(String text) {
    String whole = withoutLoneSurrogates(text);
    IdBuffer ids = new IdBuffer(whole.length() / 4);
    TekkenSplitter splitter = new TekkenSplitter(whole);
    BpeMerge.Sink sink = new Collector(ids);
    for (int from = 0, to; from < whole.length(); from = to) {
      to = splitter.end(from);
      byte[] bytes = whole.substring(from, to).getBytes(StandardCharsets.UTF_8);
      char[] word = TekkenVocabulary.spelt(bytes).toCharArray();
      int id = rules.find(word, 0, word.length);
      if (id == PieceTable.NONE) {
        new BpeMerge(rules, word).forEachPiece(sink);
      } else {
        ids.add(id);
      }
    }
    return ids.toArray();
  }

  @Override
  public int[] encodeInside(String text) {
    return encode(text);
  }

  @Override
  public Optional<byte[]> bytesOf(int id, boolean atStart) {
    return vocabulary.hasText(id)
        ? Optional.of(vocabulary.pieces().get(id).getBytes(StandardCharsets.ISO_8859_1))
        : Optional.empty();
  }

  /** Without spaces, which templates may take off. */
  @Override
  public int fewestTokens(String text) {
    long characters = text.chars().filter(c -> c != ' ').count();
    return (int) (characters / longestPiece);
  }

  @Override
  public TokenStreamDecoder newDecoder() {
    return new TekkenDecoder(vocabulary);
  }

  @Override
  public TekkenVocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public void addTo(FingerprintInput input) {
    vocabulary.addPieces(input);
    input.text(TekkenSplitter.PATTERN);
  }

  private static String withoutLoneSurrogates(String text) {
    StringBuilder replaced = null;
    for (int i = 0; i < text.length(); i++) {
      int codePoint = text.codePointAt(i);
      if (Character.isSupplementaryCodePoint(codePoint)) {
        i++;
      } else if (Character.isSurrogate((char) codePoint)) {
        replaced = replaced == null ? new StringBuilder(text) : replaced;
        replaced.setCharAt(i, REPLACEMENT);
      }
    }
    return replaced == null ? text : replaced.toString();
  }

  private record Collector(IdBuffer ids) implements BpeMerge.Sink {
    @Override
    public void known(int id) {
      ids.add(id);
    }

    @Override
    public void unknown(int codePoint) {
      throw new AssertionError("every byte has a piece, but 0x%02X".formatted(codePoint));
    }
  }
}
