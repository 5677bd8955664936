package io.flinkmistral.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.weights.folder.ConsolidatedModel;
import io.flinkmistral.weights.folder.HuggingFaceModel;
import io.flinkmistral.weights.folder.ModelFolder;
import io.flinkmistral.weights.gguf.GgufFile;
import io.flinkmistral.weights.gguf.GgufModel;
import io.flinkmistral.weights.parts.ModelParts;
import io.flinkmistral.weights.parts.WeightsBinder;
import io.flinkmistral.weights.tensors.TensorNaming;
import io.flinkmistral.weights.tensors.TensorRole;
import io.flinkmistral.weights.tensors.TensorTable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Models of the family in their real sizes, with the configurations that they were published with.
 * The files are sparse: weights that are holes take no place on the disk.
 */
class PublishedShapesTest {
  /**
   * A model as it was published.
   *
   * @param config what {@code config.json} says of its shape, without braces
   * @param params the same of {@code params.json}
   * @param window of all files but the GGUF, which has no key for it
   * @param theta 0 where the files leave it out
   */
  record Published(
      String name,
      int dim,
      int layers,
      int heads,
      int kvHeads,
      int hidden,
      int vocabulary,
      int theta,
      int window,
      int context,
      int paramsContext,
      String config,
      String params) {

    @Override
    public String toString() {
      return name;
    }

    TransformerConfig expected(RopeLayout layout, int positions, OptionalInt windowOfFile) {
      return new TransformerConfig(
          dim,
          layers,
          heads,
          kvHeads,
          128,
          hidden,
          vocabulary,
          1e-5f,
          theta == 0 ? 10_000 : theta,
          layout,
          windowOfFile,
          positions);
    }

    OptionalInt windowOfFile() {
      return window == 0 ? OptionalInt.empty() : OptionalInt.of(window);
    }
  }

  private static final String MISTRAL =
      """
      "architectures": ["MistralForCausalLM"], "model_type": "mistral", "bos_token_id": 1,
      "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02,
      "intermediate_size": 14336, "max_position_embeddings": 32768, "num_attention_heads": 32,
      "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05,
      "tie_word_embeddings": false, "torch_dtype": "bfloat16", "use_cache": true,
      """;

  private static final String LLAMA =
      """
      "architectures": ["LlamaForCausalLM"], "model_type": "llama", "bos_token_id": 1,
      "eos_token_id": 2, "hidden_act": "silu", "initializer_range": 0.02, "pretraining_tp": 1,
      "rms_norm_eps": 1e-05, "rope_scaling": null, "tie_word_embeddings": false,
      "torch_dtype": "float16", "use_cache": true,
      """;

  private static final String MISTRAL_PARAMS =
      """
      "dim": 4096, "n_layers": 32, "head_dim": 128, "hidden_dim": 14336, "n_heads": 32,
      "n_kv_heads": 8, "norm_eps": 1e-05,
      """;

  static Stream<Published> models() {
    return Stream.of(
        new Published(
            "Mistral 7B v0.1",
            4096,
            32,
            32,
            8,
            14_336,
            32_000,
            0,
            4096,
            32_768,
            32_768,
            MISTRAL + "\"rope_theta\": 10000.0, \"sliding_window\": 4096, \"vocab_size\": 32000",
            MISTRAL_PARAMS + "\"sliding_window\": 4096, \"vocab_size\": 32000"),
        new Published(
            "Mistral 7B Instruct v0.2",
            4096,
            32,
            32,
            8,
            14_336,
            32_000,
            1_000_000,
            0,
            32_768,
            32_768,
            MISTRAL
                + "\"attention_dropout\": 0.0, \"rope_theta\": 1000000.0, \"sliding_window\": null,"
                + "\"vocab_size\": 32000",
            MISTRAL_PARAMS + "\"rope_theta\": 1000000.0, \"vocab_size\": 32000"),
        new Published(
            "Mistral 7B v0.3",
            4096,
            32,
            32,
            8,
            14_336,
            32_768,
            1_000_000,
            0,
            32_768,
            32_768,
            MISTRAL
                + "\"head_dim\": 128, \"rope_theta\": 1000000.0, \"sliding_window\": null,"
                + "\"vocab_size\": 32768",
            MISTRAL_PARAMS + "\"rope_theta\": 1000000.0, \"vocab_size\": 32768"),
        new Published(
            "Llama 2 7B",
            4096,
            32,
            32,
            32,
            11_008,
            32_000,
            0,
            0,
            4096,
            4096,
            LLAMA
                + """
                "hidden_size": 4096, "intermediate_size": 11008, "max_position_embeddings": 4096,
                "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32,
                "vocab_size": 32000
                """,
            """
            "dim": 4096, "multiple_of": 256, "n_heads": 32, "n_layers": 32, "norm_eps": 1e-05,
            "vocab_size": -1
            """),
        new Published(
            "Llama 2 13B",
            5120,
            40,
            40,
            40,
            13_824,
            32_000,
            0,
            0,
            4096,
            4096,
            LLAMA
                + """
                "hidden_size": 5120, "intermediate_size": 13824, "max_position_embeddings": 4096,
                "num_attention_heads": 40, "num_hidden_layers": 40, "num_key_value_heads": 40,
                "vocab_size": 32000
                """,
            """
            "dim": 5120, "multiple_of": 256, "n_heads": 40, "n_layers": 40, "norm_eps": 1e-05,
            "vocab_size": -1
            """),
        new Published(
            "Code Llama 7B",
            4096,
            32,
            32,
            32,
            11_008,
            32_016,
            1_000_000,
            0,
            16_384,
            4096,
            LLAMA
                + """
                "hidden_size": 4096, "intermediate_size": 11008, "max_position_embeddings": 16384,
                "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32,
                "rope_theta": 1000000, "vocab_size": 32016
                """,
            """
            "dim": 4096, "n_layers": 32, "n_heads": 32, "multiple_of": 256,
            "ffn_dim_multiplier": 1.0, "norm_eps": 1e-5, "rope_theta": 1000000
            """),
        new Published(
            "multi-query attention",
            4096,
            32,
            32,
            1,
            11_008,
            32_000,
            0,
            0,
            4096,
            4096,
            LLAMA
                + """
                "hidden_size": 4096, "intermediate_size": 11008, "max_position_embeddings": 4096,
                "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 1,
                "vocab_size": 32000
                """,
            """
            "dim": 4096, "multiple_of": 256, "n_heads": 32, "n_kv_heads": 1, "n_layers": 32,
            "norm_eps": 1e-05, "vocab_size": 32000
            """));
  }

  @TempDir Path folder;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void unmap() {
    arena.close();
  }

  private ModelFolder modelFolder() {
    return new ModelFolder(folder, arena);
  }

  @ParameterizedTest
  @MethodSource("models")
  void huggingFaceFolder(Published model) throws Exception {
    Files.writeString(folder.resolve("config.json"), "{" + model.config() + "}");
    writeSafetensors(folder.resolve("model.safetensors"), model, TensorNaming.HUGGING_FACE);
    TransformerConfig config =
        config(listener -> HuggingFaceModel.read(modelFolder(), listener), new ArrayList<>());
    assertThat(config)
        .isEqualTo(model.expected(RopeLayout.HALVES, model.context(), model.windowOfFile()));
  }

  @ParameterizedTest
  @MethodSource("models")
  void mistralsAndMetasOwnFolder(Published model) throws Exception {
    Files.writeString(folder.resolve("params.json"), "{" + model.params() + "}");
    writeSafetensors(folder.resolve("consolidated.safetensors"), model, TensorNaming.CONSOLIDATED);
    TransformerConfig config =
        config(listener -> ConsolidatedModel.read(modelFolder(), listener), new ArrayList<>());
    assertThat(config)
        .isEqualTo(
            model.expected(RopeLayout.INTERLEAVED, model.paramsContext(), model.windowOfFile()));
  }

  /** Metadata as llama.cpp's converter writes it: no window, whatever the model has. */
  @ParameterizedTest
  @MethodSource("models")
  void ggufFile(Published model) throws Exception {
    GgufBytes gguf =
        new GgufBytes()
            .put("general.architecture", "llama")
            .put("general.name", model.name())
            .put("general.file_type", 2)
            .put("llama.block_count", model.layers())
            .put("llama.context_length", model.context())
            .put("llama.embedding_length", model.dim())
            .put("llama.feed_forward_length", model.hidden())
            .put("llama.attention.head_count", model.heads())
            .put("llama.attention.head_count_kv", model.kvHeads())
            .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
            .put("llama.rope.dimension_count", 128)
            .put("llama.vocab_size", model.vocabulary());
    if (model.theta() != 0) {
      gguf.put("llama.rope.freq_base", (float) model.theta());
    }
    long end = 0;
    for (Tensor tensor : tensors(model)) {
      long[] dimensions =
          tensor.vector()
              ? new long[] {tensor.columns()}
              : new long[] {tensor.columns(), tensor.rows()};
      DataType type = tensor.vector() ? DataType.F32 : DataType.Q4_0;
      String name = tensor.name(TensorNaming.GGUF);
      gguf.tensor(new GgufBytes.Tensor(name, type.ggufCode(), dimensions, end, new byte[0]));
      end += type.bytes((long) tensor.rows() * tensor.columns());
    }
    Path file = Files.write(folder.resolve("model.gguf"), gguf.build());
    setLength(file, gguf.headerBytes() + end);
    List<String> warnings = new ArrayList<>();
    TransformerConfig config =
        config(
            listener -> {
              GgufFile read = GgufFile.read(modelFolder().map("model.gguf"));
              TensorTable tensors = new TensorTable();
              tensors.addAll(read.tensors());
              return GgufModel.read(read, tensors, listener);
            },
            warnings);
    boolean v01 = model.window() != 0;
    assertThat(config)
        .isEqualTo(model.expected(RopeLayout.INTERLEAVED, model.context(), model.windowOfFile()));
    assertThat(warnings.stream().anyMatch(warning -> warning.contains("a window of 4096 is used")))
        .isEqualTo(v01);
  }

  private record Tensor(TensorRole role, int layer, int rows, int columns) {
    boolean vector() {
      return rows == 1;
    }

    String name(TensorNaming naming) {
      return layer < 0 ? naming.name(role) : naming.name(role, layer);
    }
  }

  private static List<Tensor> tensors(Published model) {
    int dim = model.dim();
    int keys = model.kvHeads() * 128;
    List<Tensor> tensors = new ArrayList<>();
    tensors.add(new Tensor(TensorRole.TOKEN_EMBEDDING, -1, model.vocabulary(), dim));
    for (int layer = 0; layer < model.layers(); layer++) {
      tensors.add(new Tensor(TensorRole.ATTENTION_NORM, layer, 1, dim));
      tensors.add(new Tensor(TensorRole.QUERY, layer, dim, dim));
      tensors.add(new Tensor(TensorRole.KEY, layer, keys, dim));
      tensors.add(new Tensor(TensorRole.VALUE, layer, keys, dim));
      tensors.add(new Tensor(TensorRole.ATTENTION_OUTPUT, layer, dim, dim));
      tensors.add(new Tensor(TensorRole.FEED_FORWARD_NORM, layer, 1, dim));
      tensors.add(new Tensor(TensorRole.GATE, layer, model.hidden(), dim));
      tensors.add(new Tensor(TensorRole.UP, layer, model.hidden(), dim));
      tensors.add(new Tensor(TensorRole.DOWN, layer, dim, model.hidden()));
    }
    tensors.add(new Tensor(TensorRole.OUTPUT_NORM, -1, 1, dim));
    tensors.add(new Tensor(TensorRole.OUTPUT, -1, model.vocabulary(), dim));
    return tensors;
  }

  private static void writeSafetensors(Path file, Published model, TensorNaming naming)
      throws IOException {
    SafetensorsBytes header = new SafetensorsBytes();
    long end = 0;
    for (Tensor tensor : tensors(model)) {
      long begin = end;
      end += 2L * tensor.rows() * tensor.columns();
      long[] shape =
          tensor.vector()
              ? new long[] {tensor.columns()}
              : new long[] {tensor.rows(), tensor.columns()};
      header.declare(tensor.name(naming), "BF16", begin, end, shape);
    }
    Files.write(file, header.build());
    setLength(file, Files.size(file) + end);
  }

  private static void setLength(Path file, long length) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(length);
    }
  }

  /** What the files say, and that their tensors are all there in those shapes. */
  private interface Reading {
    ModelParts read(LoadListener listener) throws IOException;
  }

  private static TransformerConfig config(Reading reading, List<String> warnings)
      throws IOException {
    LoadListener listener =
        new LoadListener() {
          @Override
          public void warning(String message) {
            warnings.add(message);
          }
        };
    ModelParts parts = reading.read(listener);
    TransformerWeights weights = WeightsBinder.bind(parts);
    assertThat(weights.layers()).hasSize(parts.config().layers());
    assertThat(weights.output()).isNotSameAs(weights.tokenEmbedding());
    return parts.config();
  }
}
