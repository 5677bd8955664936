package io.flinkmistral.weights;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.weights.tensors.TensorNaming;
import io.flinkmistral.weights.tensors.TensorRole;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.json.JsonMapper;

/** A model of a few kilobytes in each kind of file, to be changed by tests. */
public final class TinyModel {
  static final int DIM = 32;
  static final int HEADS = 4;
  public static final int KV_HEADS = 2;
  public static final int HEAD_DIM = 6;
  static final int HIDDEN = 64;
  static final int LAYERS = 2;
  static final int VOCABULARY = 8;
  public static final String[] PIECES = {
    "<unk>", "<s>", "</s>", "<0x41>", "\u2581", "a", "b", "ab"
  };
  public static final float[] SCORES = {0, 0, 0, 0, -1e9f, -2, -3, -1};
  public static final int[] TYPES = {2, 3, 3, 6, 1, 1, 1, 1};

  /** A tensor's rows and columns by its role; a row of 0 makes it a vector. */
  public record Shape(TensorRole role, int layer, int rows, int columns) {
    public String name(TensorNaming naming) {
      return layer < 0 ? naming.name(role) : naming.name(role, layer);
    }

    int numbers() {
      return Math.max(rows, 1) * columns;
    }
  }

  private TinyModel() {}

  public static GgufBytes gguf() {
    return gguf(DataType.F32, HEAD_DIM);
  }

  public static GgufBytes gguf(DataType type, int headDim) {
    GgufBytes gguf = new GgufBytes();
    gguf.put("general.architecture", "llama")
        .put("llama.block_count", LAYERS)
        .put("llama.context_length", 128)
        .put("llama.embedding_length", DIM)
        .put("llama.feed_forward_length", HIDDEN)
        .put("llama.attention.head_count", HEADS)
        .put("llama.attention.head_count_kv", KV_HEADS)
        .put("llama.attention.key_length", headDim)
        .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
        .put("llama.rope.freq_base", 10_000f)
        .put("tokenizer.ggml.model", "llama")
        .put("tokenizer.ggml.tokens", PIECES)
        .put("tokenizer.ggml.scores", SCORES)
        .put("tokenizer.ggml.token_type", TYPES)
        .put("tokenizer.ggml.bos_token_id", 1)
        .put("tokenizer.ggml.add_bos_token", true);
    for (Shape shape : shapes(KV_HEADS, headDim)) {
      DataType typeOfIt = shape.rows() == 0 ? DataType.F32 : type;
      byte[] data = bytes(shape, (int) typeOfIt.bytes(shape.numbers()));
      String name = shape.name(TensorNaming.GGUF);
      if (shape.rows() == 0) {
        gguf.tensor(name, typeOfIt, data, shape.columns());
      } else {
        gguf.tensor(name, typeOfIt, data, shape.columns(), shape.rows());
      }
    }
    return gguf;
  }

  public static Map<String, Object> huggingFaceConfig() {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("architectures", List.of("MistralForCausalLM"));
    config.put("model_type", "mistral");
    config.put("hidden_size", DIM);
    config.put("intermediate_size", HIDDEN);
    config.put("num_hidden_layers", LAYERS);
    config.put("num_attention_heads", HEADS);
    config.put("num_key_value_heads", KV_HEADS);
    config.put("head_dim", HEAD_DIM);
    config.put("vocab_size", VOCABULARY);
    config.put("rms_norm_eps", 1e-5);
    config.put("rope_theta", 10_000.0);
    config.put("sliding_window", 16);
    config.put("max_position_embeddings", 128);
    return config;
  }

  public static Map<String, Object> params() {
    Map<String, Object> params = new LinkedHashMap<>();
    params.put("dim", DIM);
    params.put("n_layers", LAYERS);
    params.put("head_dim", HEAD_DIM);
    params.put("hidden_dim", HIDDEN);
    params.put("n_heads", HEADS);
    params.put("n_kv_heads", KV_HEADS);
    params.put("norm_eps", 1e-5);
    params.put("sliding_window", 16);
    params.put("vocab_size", VOCABULARY);
    return params;
  }

  public static SafetensorsBytes safetensors(TensorNaming naming, int kvHeads, int headDim) {
    SafetensorsBytes file = new SafetensorsBytes();
    for (Shape shape : shapes(kvHeads, headDim)) {
      byte[] data = bytes(shape, shape.numbers() * 2);
      String name = shape.name(naming);
      if (shape.rows() == 0) {
        file.tensor(name, "BF16", data, shape.columns());
      } else {
        file.tensor(name, "BF16", data, shape.rows(), shape.columns());
      }
    }
    return file;
  }

  public static TorchBytes torch() {
    TorchBytes file = new TorchBytes();
    for (Shape shape : shapes(KV_HEADS, HEAD_DIM)) {
      byte[] data = bytes(shape, shape.numbers() * 2);
      String name = shape.name(TensorNaming.CONSOLIDATED);
      if (shape.rows() == 0) {
        file.tensor(name, data, shape.columns());
      } else {
        file.tensor(name, data, shape.rows(), shape.columns());
      }
    }
    return file;
  }

  public static Path writeHuggingFace(Path folder, Map<String, Object> config) throws IOException {
    return writeHuggingFace(
        folder, config, safetensors(TensorNaming.HUGGING_FACE, KV_HEADS, HEAD_DIM));
  }

  public static Path writeHuggingFace(
      Path folder, Map<String, Object> config, SafetensorsBytes weights) throws IOException {
    Files.writeString(folder.resolve("config.json"), json(config));
    Files.write(folder.resolve("model.safetensors"), weights.build());
    return folder;
  }

  public static Path writeConsolidated(Path folder, Map<String, Object> params) throws IOException {
    Files.writeString(folder.resolve("params.json"), json(params));
    Files.write(
        folder.resolve("consolidated.safetensors"),
        safetensors(TensorNaming.CONSOLIDATED, KV_HEADS, HEAD_DIM).build());
    return folder;
  }

  /** {@code tokenizer.model} of the pieces above. */
  public static ProtoBytes tokenizerModel() {
    return tokenizerModel(VOCABULARY);
  }

  /** The same of the first {@code size} of them. */
  public static ProtoBytes tokenizerModel(int size) {
    return tokenizerModelWithoutNormalizer(size)
        .message(3, new ProtoBytes().varint(3, 1).varint(4, 0));
  }

  /** {@code tokenizer.model} that says nothing of how texts are changed. */
  public static ProtoBytes tokenizerModelWithoutNormalizer() {
    return tokenizerModelWithoutNormalizer(VOCABULARY);
  }

  private static ProtoBytes tokenizerModelWithoutNormalizer(int size) {
    ProtoBytes model = new ProtoBytes();
    for (int id = 0; id < size; id++) {
      ProtoBytes piece = new ProtoBytes();
      piece.bytes(1, PIECES[id].getBytes(StandardCharsets.UTF_8)).fixed32(2, SCORES[id]);
      model.message(1, piece.varint(3, TYPES[id]));
    }
    return model.message(
        2, new ProtoBytes().varint(3, 2).varint(40, 0).varint(41, 1).varint(42, 2));
  }

  /** {@code tokenizer.json} of the pieces above. */
  public static Map<String, Object> tokenizerJson() {
    Map<String, Object> vocabulary = new LinkedHashMap<>();
    for (int id = 0; id < VOCABULARY; id++) {
      vocabulary.put(PIECES[id], id);
    }
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("type", "BPE");
    model.put("unk_token", "<unk>");
    model.put("byte_fallback", true);
    model.put("vocab", vocabulary);
    model.put("merges", List.of("a b"));
    Map<String, Object> tokenizer = new LinkedHashMap<>();
    List<Map<String, Object>> added = new ArrayList<>();
    for (int id = 0; id < 3; id++) {
      added.add(Map.of("id", id, "content", PIECES[id], "special", true));
    }
    tokenizer.put("added_tokens", added);
    tokenizer.put("normalizer", Map.of("type", "Prepend", "prepend", "\u2581"));
    tokenizer.put("pre_tokenizer", null);
    tokenizer.put("model", model);
    return tokenizer;
  }

  public static String json(Object value) {
    return JsonMapper.shared().writeValueAsString(value);
  }

  public static List<Shape> shapes(int kvHeads, int headDim) {
    List<Shape> shapes = new ArrayList<>();
    shapes.add(new Shape(TensorRole.TOKEN_EMBEDDING, -1, VOCABULARY, DIM));
    for (int layer = 0; layer < LAYERS; layer++) {
      shapes.add(new Shape(TensorRole.ATTENTION_NORM, layer, 0, DIM));
      shapes.add(new Shape(TensorRole.QUERY, layer, HEADS * headDim, DIM));
      shapes.add(new Shape(TensorRole.KEY, layer, kvHeads * headDim, DIM));
      shapes.add(new Shape(TensorRole.VALUE, layer, kvHeads * headDim, DIM));
      shapes.add(new Shape(TensorRole.ATTENTION_OUTPUT, layer, DIM, HEADS * headDim));
      shapes.add(new Shape(TensorRole.FEED_FORWARD_NORM, layer, 0, DIM));
      shapes.add(new Shape(TensorRole.GATE, layer, HIDDEN, DIM));
      shapes.add(new Shape(TensorRole.UP, layer, HIDDEN, DIM));
      shapes.add(new Shape(TensorRole.DOWN, layer, DIM, HIDDEN));
    }
    shapes.add(new Shape(TensorRole.OUTPUT_NORM, -1, 0, DIM));
    shapes.add(new Shape(TensorRole.OUTPUT, -1, VOCABULARY, DIM));
    return shapes;
  }

  /** Bytes that are the same for the same tensor, whatever the file. */
  private static byte[] bytes(Shape shape, int length) {
    byte[] data = new byte[length];
    new Random(shape.role().ordinal() * 31L + shape.layer()).nextBytes(data);
    for (int i = 0; i < data.length; i++) {
      data[i] &= 0x3F; // no exponent is that of infinity or NaN
    }
    return data;
  }
}
