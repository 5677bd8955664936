package io.flinkmistral.tokenizer.sentencepiece;

import io.flinkmistral.tokenizer.PieceType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Mistral's vocabularies for tests, from GGUF files without tensors. The reader trusts its input;
 * it is here so that tests of the tokenizer do not need the package that reads model files.
 */
public final class Vocabularies {
  public static final SentencePieceVocabulary V1 = load("/tokenizer/mistral-v1.vocab.gguf");
  public static final SentencePieceVocabulary V3 = load("/tokenizer/mistral-v3.vocab.gguf");

  private Vocabularies() {}

  public static SentencePieceVocabulary of(String version) {
    return version.equals("v1") ? V1 : V3;
  }

  private static SentencePieceVocabulary load(String resource) {
    Map<String, Object> metadata = metadata(resource);
    List<String> pieces = list(metadata, "tokens").stream().map(String.class::cast).toList();
    List<Object> scores = list(metadata, "scores");
    float[] floats = new float[scores.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (Float) scores.get(i);
    }
    List<PieceType> types =
        list(metadata, "token_type").stream()
            .map(code -> PieceType.ofCode((Integer) code).orElseThrow())
            .toList();
    return new SentencePieceVocabulary(pieces, floats, types, 1, 2, 0, true);
  }

  private static List<Object> list(Map<String, Object> metadata, String name) {
    return new ArrayList<>((List<?>) metadata.get("tokenizer.ggml." + name));
  }

  private static Map<String, Object> metadata(String resource) {
    try (InputStream in = Vocabularies.class.getResourceAsStream(resource)) {
      ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      bytes.position(16); // magic, version, number of tensors
      long count = bytes.getLong();
      Map<String, Object> metadata = new HashMap<>();
      for (long i = 0; i < count; i++) {
        metadata.put(string(bytes), value(bytes, bytes.getInt()));
      }
      return metadata;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A value of one of the types that the files in the test resources use. */
  private static Object value(ByteBuffer bytes, int type) {
    return switch (type) {
      case 4, 5 -> bytes.getInt();
      case 6 -> bytes.getFloat();
      case 7 -> bytes.get() != 0;
      case 8 -> string(bytes);
      case 9 -> {
        int elementType = bytes.getInt();
        int count = Math.toIntExact(bytes.getLong());
        List<Object> elements = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          elements.add(value(bytes, elementType));
        }
        yield elements;
      }
      default -> throw new IllegalArgumentException("metadata type " + type);
    };
  }

  private static String string(ByteBuffer bytes) {
    byte[] text = new byte[Math.toIntExact(bytes.getLong())];
    bytes.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }
}
