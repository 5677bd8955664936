package io.flinkmistral.weights;

import io.flinkmistral.tokenizer.tekken.TekkenSplitter;
import io.flinkmistral.weights.vocabulary.ByteAlphabet;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The least that a Tekken tokenizer can be: three special pieces, the bytes, and two merged. */
public final class TekkenFiles {
  public static final int SIZE = 3 + 256 + 2;

  private TekkenFiles() {}

  /** A {@code tekken.json}; its lists and maps can be changed. */
  public static Map<String, Object> json() {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("pattern", TekkenSplitter.PATTERN);
    config.put("num_vocab_tokens", 258);
    config.put("default_vocab_size", SIZE);
    config.put("default_num_special_tokens", 3);
    config.put("version", "v3");
    List<Object> special = new ArrayList<>();
    for (String name : List.of("<unk>", "<s>", "</s>")) {
      Map<String, Object> piece = new LinkedHashMap<>();
      piece.put("rank", special.size());
      piece.put("token_str", name);
      piece.put("is_control", true);
      special.add(piece);
    }
    List<Object> vocab = new ArrayList<>();
    for (int value = 0; value < 256; value++) {
      vocab.add(piece(vocab.size(), (byte) value));
    }
    vocab.add(piece(256, (byte) 'a', (byte) 'b'));
    vocab.add(piece(257, (byte) 'a', (byte) 'b', (byte) 'c'));
    Map<String, Object> file = new LinkedHashMap<>();
    file.put("config", config);
    file.put("vocab", vocab);
    file.put("special_tokens", special);
    return file;
  }

  static Map<String, Object> piece(int rank, byte... bytes) {
    Map<String, Object> piece = new LinkedHashMap<>();
    piece.put("rank", rank);
    piece.put("token_bytes", Base64.getEncoder().encodeToString(bytes));
    piece.put("token_str", null);
    return piece;
  }

  /** The same as a GGUF file's vocabulary, without a model. */
  public static GgufBytes gguf() {
    String[] tokens = new String[SIZE];
    int[] types = new int[SIZE];
    String[] names = {"<unk>", "<s>", "</s>"};
    for (int id = 0; id < SIZE; id++) {
      tokens[id] = id < 3 ? names[id] : id < 259 ? ByteAlphabet.piece("" + (char) (id - 3)) : "";
      types[id] = id < 3 ? 3 : 1;
    }
    tokens[259] = "ab";
    tokens[260] = "abc";
    return new GgufBytes()
        .put("tokenizer.ggml.model", "gpt2")
        .put("tokenizer.ggml.pre", "tekken")
        .put("tokenizer.ggml.tokens", tokens)
        .put("tokenizer.ggml.token_type", types)
        .put("tokenizer.ggml.merges", new String[] {"a b", "ab c"});
  }
}
