package io.flinkmistral.weights.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.weights.GgufBytes;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.ProtoBytes;
import io.flinkmistral.weights.RopeLayout;
import io.flinkmistral.weights.SafetensorsBytes;
import io.flinkmistral.weights.TinyModel;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.TransformerWeights;
import io.flinkmistral.weights.parts.MistralV01;
import io.flinkmistral.weights.reader.ModelReader;
import io.flinkmistral.weights.tensors.TensorNaming;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What configurations leave out, write as null, or ask for and do not get. */
class ConfigTrapsTest {
  @TempDir Path folder;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void unmap() {
    arena.close();
  }

  @Test
  void huggingFaceWindowAbsentIs4096AndNullIsNone() throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    config.put("sliding_window", null);
    assertThat(huggingFace(config).window()).isEmpty();
    config.remove("sliding_window");
    assertThat(huggingFace(config).window()).hasValue(4096);
    config.put("model_type", "llama");
    config.put("architectures", List.of("LlamaForCausalLM"));
    assertThat(huggingFace(config).window()).as("of a Llama").isEmpty();
  }

  @Test
  void huggingFaceEpsilonAbsentIsOneMillionth() throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    config.remove("rms_norm_eps");
    assertThat(huggingFace(config).normEpsilon()).isEqualTo(1e-6f);
  }

  @Test
  void huggingFaceThetaIsFoundInBothPlaces() throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    config.put("rope_theta", 1_000_000);
    assertThat(huggingFace(config).ropeTheta()).isEqualTo(1e6);
    config.remove("rope_theta");
    assertThat(huggingFace(config).ropeTheta()).isEqualTo(1e4);
    config.put("rope_parameters", Map.of("rope_theta", 5e5, "rope_type", "default"));
    assertThat(huggingFace(config).ropeTheta()).isEqualTo(5e5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rope_parameters | {\"rope_theta\":1e6}",
        "rope_parameters | {\"rope_type\":\"default\",\"rope_theta\":1000000,\"factor\":null}",
        "rope_parameters | {\"type\":\"default\",\"rope_theta\":1e6,\"partial_rotary_factor\":1.0}",
        "rope_parameters | {\"full_attention\":{\"rope_type\":\"default\",\"rope_theta\":1e6}}",
        "rope_parameters | {\"a\":{\"rope_theta\":1e6},\"b\":{\"rope_theta\":1000000.0}}",
        "rope_scaling    | {\"rope_type\":\"default\",\"rope_theta\":1e6}",
        "rope_scaling    | {\"factor\":1.0,\"rope_theta\":1e6}",
      })
  void aThetaIsFoundWhereverItStands(String key, String json) throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    Map<String, Object> params = TinyModel.params();
    for (boolean flatToo : new boolean[] {true, false}) {
      for (Map<String, Object> file : List.of(config, params)) {
        file.put(key, "REPLACED");
        file.put("rope_theta", 5000.0);
        if (!flatToo) {
          file.remove("rope_theta");
        }
      }
      TinyModel.writeHuggingFace(folder, config);
      Files.writeString(
          folder.resolve("config.json"), TinyModel.json(config).replace("\"REPLACED\"", json));
      assertThat(ModelReader.open(folder, arena, LoadListener.NONE).config().ropeTheta())
          .isEqualTo(1e6);
      Files.delete(folder.resolve("config.json"));
      TinyModel.writeConsolidated(folder, params);
      Files.writeString(
          folder.resolve("params.json"), TinyModel.json(params).replace("\"REPLACED\"", json));
      assertThat(ModelReader.open(folder, arena, LoadListener.NONE).config().ropeTheta())
          .isEqualTo(1e6);
    }
  }

  @Test
  void layersOfSeveralKindsMayTakeThetaFromOutside() throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    config.put("rope_theta", 1e6);
    config.put("rope_parameters", Map.of("a", Map.of("rope_theta", 1e6), "b", Map.of()));
    assertThat(huggingFace(config).ropeTheta()).isEqualTo(1e6);
    config.remove("rope_parameters");
    config.put("rope_scaling", Map.of("rope_type", "default"));
    assertThat(huggingFace(config).ropeTheta()).isEqualTo(1e6);
  }

  @Test
  void aThetaThatNoFileNamesIsSaid() throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    config.remove("rope_theta");
    config.put("rope_parameters", Map.of("rope_type", "default"));
    TinyModel.writeHuggingFace(folder, config);
    assertThat(warnings(folder)).singleElement().asString().contains("no rope_theta", "10000.0");
    Files.delete(folder.resolve("config.json"));
    Map<String, Object> params = TinyModel.params();
    TinyModel.writeConsolidated(folder, params);
    assertThat(warnings(folder)).singleElement().asString().contains("no rope_theta", "10000.0");
    params.remove("sliding_window");
    TinyModel.writeConsolidated(folder, params);
    assertThat(warnings(folder)).singleElement().asString().contains("no rope_theta", "1000000.0");
    params.put("multiple_of", 256);
    TinyModel.writeConsolidated(folder, params);
    assertThat(warnings(folder)).singleElement().asString().contains("no rope_theta", "10000.0");
    assertThat(warnings(write(TinyModel.gguf().remove("llama.rope.freq_base"))))
        .singleElement()
        .asString()
        .contains("no llama.rope.freq_base", "10000.0");
    assertThat(warnings(write(TinyModel.gguf()))).isEmpty();
  }

  private List<String> warnings(Path model) throws IOException {
    List<String> warnings = new ArrayList<>();
    ModelReader.open(
        model,
        arena,
        new LoadListener() {
          @Override
          public void warning(String message) {
            if (!message.contains("text cannot be encoded")) {
              warnings.add(message);
            }
          }
        });
    return warnings;
  }

  @ParameterizedTest
  @CsvSource({
    "llama.rope.scaling.type, none, llama.rope.scaling.factor, 4f",
    "llama.rope.scaling.type, linear, llama.rope.scaling.factor, 1f",
    "llama.rope.scaling.type, linear, llama.rope.scaling.factor, 0f",
    "llama.rope.scaling.factor, 0f, llama.rope.scale_linear, 0f",
  })
  void ggufMaySayThatNothingIsScaled(String key, String value, String key2, String value2)
      throws Exception {
    GgufBytes file = TinyModel.gguf().put(key, typed(value)).put(key2, typed(value2));
    assertThat(gguf(file)).isEqualTo(gguf(TinyModel.gguf()));
  }

  @Test
  void ggufNumbersThatAreNotUsedMayBeNone() throws Exception {
    GgufBytes file =
        TinyModel.gguf()
            .put("general.size", Float.NaN)
            .put("llama.rope.scaling.type", "none")
            .put("llama.rope.scaling.factor", Float.NaN)
            .put("other.numbers", new double[] {Double.NaN});
    assertThat(gguf(file)).isEqualTo(gguf(TinyModel.gguf()));
    assertThatThrownBy(() -> gguf(TinyModel.gguf().put("llama.rope.freq_base", Float.NaN)))
        .hasMessageContaining("llama.rope.freq_base is NaN");
  }

  @Test
  void numbersOfJsonThatAreNotUsedMayBeNone() throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    TransformerConfig plain = huggingFace(config);
    config.put("initializer_range", Double.NaN);
    config.put("other", List.of(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY));
    TinyModel.writeHuggingFace(folder, config);
    Files.writeString(
        folder.resolve("config.json"),
        TinyModel.json(config).replaceAll("\"(-?Infinity|NaN)\"", "$1"));
    assertThat(ModelReader.open(folder, arena, LoadListener.NONE).config()).isEqualTo(plain);
    Files.writeString(
        folder.resolve("config.json"),
        TinyModel.json(config).replaceAll("\"(-?Infinity|NaN)\"", "$1").replace("1.0E-5", "NaN"));
    assertThatThrownBy(() -> ModelReader.open(folder, arena, LoadListener.NONE))
        .hasMessageContaining("rms_norm_eps is NaN");
  }

  @Test
  void ggufMayGiveOneNumberForEachLayerWhereAllAreEqual() throws Exception {
    TransformerConfig plain = gguf(TinyModel.gguf());
    for (Object two : List.of(new int[] {2, 2}, new Integer[] {2, 2}, new long[] {2, 2})) {
      assertThat(gguf(TinyModel.gguf().put("llama.attention.head_count_kv", two))).isEqualTo(plain);
    }
    assertThat(
            gguf(
                TinyModel.gguf()
                    .put("llama.attention.head_count", new byte[] {4, 4})
                    .put("llama.feed_forward_length", new int[] {64, 64})))
        .isEqualTo(plain);
    assertGgufRefused(
        "llama.attention.head_count_kv", new int[] {2, 4}, "is 2 in layer 0 and 4 in layer 1");
    assertGgufRefused(
        "llama.attention.head_count_kv", new int[] {2}, "has 1 elements for 2 layers");
    assertGgufRefused("llama.feed_forward_length", new int[] {0, 0}, "must be from 1 to 2^31 - 1");
    assertGgufRefused("llama.attention.head_count", new String[] {"4", "4"}, "must be a number");
    assertGgufRefused("llama.embedding_length", new int[] {32, 32}, "must be a single value");
  }

  private void assertGgufRefused(String key, Object value, String reason) {
    assertThatThrownBy(() -> gguf(TinyModel.gguf().put(key, value)))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining(key + " ")
        .hasMessageContaining(reason);
  }

  @Test
  void ggufHasAsManyRowsAsItsTensor() throws Exception {
    GgufBytes wrong = TinyModel.gguf().put("llama.vocab_size", 32_000);
    assertThat(gguf(wrong).vocabularySize()).isEqualTo(8);
  }

  @Test
  void huggingFaceHeadSizeAbsentIsAShareOfTheWidth() throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    assertThat(huggingFace(config).headDim()).isEqualTo(6);
    for (boolean isNull : new boolean[] {true, false}) {
      config.remove("head_dim");
      if (isNull) {
        config.put("head_dim", null);
      }
      TransformerConfig read =
          huggingFace(config, TinyModel.safetensors(TensorNaming.HUGGING_FACE, 2, 8));
      assertThat(read.headDim()).isEqualTo(8);
    }
  }

  @Test
  void huggingFaceKeyValueHeadsAbsentAre8InMistralAndAllInLlama() throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    config.remove("num_key_value_heads");
    assertThatThrownBy(() -> huggingFace(config))
        .hasMessageContaining("num_attention_heads is 4, no multiple of the 8");
    SafetensorsBytes all = TinyModel.safetensors(TensorNaming.HUGGING_FACE, 4, 6);
    config.put("num_key_value_heads", null);
    assertThat(huggingFace(config, all).kvHeads()).as("null").isEqualTo(4);
    config.remove("num_key_value_heads");
    config.put("model_type", "llama");
    assertThat(huggingFace(config, all).kvHeads()).as("of a Llama").isEqualTo(4);
  }

  @Test
  void huggingFaceArchitectureIsKnownByEitherField() throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    config.remove("sliding_window");
    config.remove("model_type");
    config.put("architectures", List.of("LlamaForCausalLM"));
    assertThat(huggingFace(config).window()).isEmpty();
    config.remove("architectures");
    assertThatThrownBy(() -> huggingFace(config)).hasMessageContaining("model_type is absent");
    config.put("model_type", "mistral");
    assertThat(huggingFace(config).window()).hasValue(4096);
  }

  @Test
  void multiQueryAttentionHasOneKeyValueHead() throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    config.put("num_key_value_heads", 1);
    SafetensorsBytes one = TinyModel.safetensors(TensorNaming.HUGGING_FACE, 1, 6);
    assertThat(huggingFace(config, one).kvHeads()).isEqualTo(1);
  }

  @Test
  void aMissingOutputIsTheEmbeddingOnlyWhereTheConfigurationSaysSo() throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    SafetensorsBytes weights = TinyModel.safetensors(TensorNaming.HUGGING_FACE, 2, 6);
    weights.remove("lm_head.weight");
    assertThatThrownBy(() -> huggingFace(config, weights))
        .hasMessageContaining("tensor lm_head.weight (8 x 32) is missing");
    config.put("tie_word_embeddings", true);
    TinyModel.writeHuggingFace(folder, config, weights);
    TransformerWeights tied = ModelReader.open(folder, arena, LoadListener.NONE).weights();
    assertThat(tied.output()).isSameAs(tied.tokenEmbedding());
  }

  @Test
  void paramsOfV01HaveNoTheta() throws Exception {
    Map<String, Object> params = TinyModel.params();
    assertThat(consolidated(params).ropeTheta()).isEqualTo(1e4);
    params.put("rope_theta", 1e6);
    assertThat(consolidated(params).ropeTheta()).isEqualTo(1e6);
    params.remove("sliding_window");
    assertThat(consolidated(params).window()).isEmpty();
  }

  @Test
  void paramsMayLeaveSizesToTheTensors() throws Exception {
    Map<String, Object> params = TinyModel.params();
    params.put("vocab_size", -1);
    params.remove("hidden_dim");
    TransformerConfig config = consolidated(params);
    assertThat(config.vocabularySize()).isEqualTo(8);
    assertThat(config.hiddenDim()).isEqualTo(64);
  }

  @Test
  void ggufWindowIsReadWhereItIsPresent() throws Exception {
    assertThat(gguf(TinyModel.gguf()).window()).isEmpty();
    GgufBytes gguf = TinyModel.gguf().put("llama.attention.sliding_window", 16);
    assertThat(gguf(gguf).window()).hasValue(16);
    assertThat(gguf(gguf.put("llama.attention.sliding_window", 0)).window()).isEmpty();
  }

  @Test
  void ggufThetaAbsentIsTenThousandAndKeyValueHeadsAbsentAreAll() throws Exception {
    assertThat(gguf(TinyModel.gguf().remove("llama.rope.freq_base")).ropeTheta()).isEqualTo(1e4);
    assertThatThrownBy(() -> gguf(TinyModel.gguf().remove("llama.attention.head_count_kv")))
        .hasMessageContaining("attn_k.weight is 12 x 32, but the configuration makes it 24 x 32");
  }

  @Test
  void ggufOfV01IsKnownByItsShapeAlone() {
    TransformerConfig v01 =
        new TransformerConfig(
            4096,
            32,
            32,
            8,
            128,
            14_336,
            32_000,
            1e-5f,
            1e4,
            RopeLayout.INTERLEAVED,
            OptionalInt.empty(),
            32_768);
    List<String> warnings = new ArrayList<>();
    LoadListener listener =
        new LoadListener() {
          @Override
          public void warning(String message) {
            warnings.add(message);
          }
        };
    assertThat(MistralV01.withItsWindow(v01, listener).window()).hasValue(4096);
    assertThat(warnings).singleElement().asString().contains("4096").contains("window option");
    TransformerConfig v02 =
        new TransformerConfig(
            4096,
            32,
            32,
            8,
            128,
            14_336,
            32_000,
            1e-5f,
            1e6,
            RopeLayout.INTERLEAVED,
            OptionalInt.empty(),
            32_768);
    assertThat(MistralV01.withItsWindow(v02, listener)).isEqualTo(v02);
    assertThat(warnings).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "general.architecture, qwen2, general.architecture is qwen2",
    "general.architecture, gemma, general.architecture is gemma",
    "general.architecture, falcon, general.architecture is falcon",
    "general.architecture, phi3, general.architecture is phi3",
    "general.architecture, mixtral, general.architecture is mixtral",
    "general.architecture, mistral3, general.architecture is mistral3",
    "general.architecture, llama4, general.architecture is llama4",
    "llama.rope.scaling.type, yarn, scaled by yarn",
    "tokenizer.ggml.model, gpt2, tokenizer.ggml.model is gpt2",
    "llama.rope.scaling.type, dynamic, scaled by dynamic",
    "llama.rope.scaling.type, longrope, scaled by longrope",
    "llama.rope.scaling.attn_factor, 2f, scaled attention (2.0)",
    "llama.rope.scaling.factor, 4f, scaled rotary embedding (4.0)",
    "llama.rope.scale_linear, 2f, scaled rotary embedding (2.0)",
    "llama.rope.dimension_count, 4, 'is 4, but heads have 6 numbers'",
    "llama.attention.value_length, 8, 'is 8, but heads have 6 numbers'",
    "llama.expert_count, 8, a mixture of experts (8.0)",
    "llama.attention.causal, false, attention to later tokens",
    "llama.attention.sliding_window_pattern, 2, attention.sliding_window_pattern",
    "llama.logit_scale, 2f, logit_scale",
    "general.alignment, 48, 'is 48, no power of 2'"
  })
  void ggufAsksForWhatIsNotComputed(String key, String value, String reason) throws Exception {
    Path file = write(TinyModel.gguf().put(key, typed(value)));
    assertThatThrownBy(() -> ModelReader.open(file, arena, LoadListener.NONE))
        .isInstanceOfSatisfying(
            MalformedModelException.class, e -> assertThat(e.offset()).isPositive())
        .hasMessageStartingWith(file + ": at byte ")
        .hasMessageContaining(key + " ")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "model_type, '\"mixtral\"', model_type is mixtral",
    "model_type, '\"qwen2\"', model_type is qwen2",
    "model_type, '\"gemma\"', model_type is gemma",
    "model_type, '\"falcon\"', model_type is falcon",
    "model_type, '\"phi3\"', model_type is phi3",
    "architectures, '[\"MixtralForCausalLM\"]', architectures is MixtralForCausalLM",
    "architectures, '[\"GemmaForCausalLM\"]', architectures is GemmaForCausalLM",
    "architectures, '[\"MistralForSequenceClassification\"]', MistralForSequenceClassification",
    "rope_scaling, '{\"rope_type\":\"llama3\",\"factor\":8.0}', scaled rotary embedding",
    "rope_scaling, '{\"type\":\"dynamic\",\"factor\":2.0}', scaled rotary embedding",
    "mlp_bias, true, biases",
    "architectures, '[\"Qwen2ForCausalLM\"]', architectures is Qwen2ForCausalLM",
    "rope_scaling, '{\"type\":\"linear\",\"factor\":2.0}', scaled rotary embedding",
    "rope_parameters, '{\"rope_type\":\"yarn\"}', scaled rotary embedding",
    "rope_parameters, '{\"full_attention\":{\"rope_type\":\"yarn\",\"factor\":4.0}}', (yarn)",
    "rope_parameters, '{\"a\":{\"rope_type\":\"default\"},\"b\":{\"type\":\"llama3\"}}', (llama3)",
    "rope_parameters, '{\"rope_theta\":1e6,\"a\":{}}', both for all layers and for kinds",
    "rope_parameters, '{\"a\":{\"rope_theta\":1e6},\"b\":{\"rope_theta\":1e4}}', only one is"
        + " supported",
    "rope_parameters, '{\"a\":{\"rope_theta\":1e6},\"b\":{}}', only one is supported",
    "rope_parameters, '{\"rope_theta\":\"1e6\"}', must be a number",
    "rope_parameters, '{\"rope_theta\":-1}', has the rope_theta -1.0",
    "rope_parameters, '{\"rope_theta\":NaN}', has the rope_theta NaN",
    "rope_parameters, '{\"rope_type\":7}', no text",
    "rope_parameters, '{\"partial_rotary_factor\":0.5}', a part of each head",
    "rope_parameters, '{\"factor\":2.0}', (a factor)",
    "rope_parameters, '[1]', must be an object",
    "rope_scaling, '\"yarn\"', must be an object",
    "hidden_act, '\"gelu\"', the activation gelu",
    "attention_bias, true, biases",
    "quantization_config, '{\"quant_method\":\"awq\"}', a number format of its own",
    "partial_rotary_factor, 0.5, a part of each head",
    "head_dim, 7, needs an even number",
    "head_dim, 2147483646, more than 2^31 - 1 in all",
    "num_key_value_heads, 3, no multiple of the 3",
    "hidden_size, 0, must be from 1 to 2^31 - 1",
    "hidden_size, -1, must be from 1 to 2^31 - 1",
    "hidden_size, 9223372036854775807, must be from 1 to 2^31 - 1",
    "hidden_size, 9223372036854775808, must be an integer",
    "hidden_size, '\"32\"', must be an integer",
    "hidden_size, 32.0, must be an integer",
    "hidden_size, null, hidden_size is missing",
    "rms_norm_eps, 1e999, must be above 0",
    "rms_norm_eps, 0, must be above 0",
    "rms_norm_eps, -1e-5, must be above 0",
    "rope_theta, 0, must be a positive number",
    "rope_theta, 1e999, must be a positive number",
    "rope_theta, '{}', must be a number",
    "sliding_window, 0, must be from 1 to 2^31 - 1",
    "vocab_size, 9, is 8 x 32",
    "num_hidden_layers, 3, model.layers.2.input_layernorm.weight",
    "num_hidden_layers, 1, has no place in a model of 1 layers",
    "num_hidden_layers, 2147483647, is missing"
  })
  void huggingFaceAsksForWhatIsNotComputed(String key, String json, String reason)
      throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    TinyModel.writeHuggingFace(folder, config);
    config.put(key, "REPLACED");
    Files.writeString(
        folder.resolve("config.json"), TinyModel.json(config).replace("\"REPLACED\"", json));
    assertThatThrownBy(() -> ModelReader.open(folder, arena, LoadListener.NONE))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "moe, '{\"num_experts\":8}', moe",
    "model_type, '\"mamba\"', mamba",
    "rope_scaling, '{\"type\":\"linear\",\"factor\":2.0}', scaled rotary embedding (linear)",
    "rope_parameters, '{\"rope_type\":\"yarn\",\"rope_theta\":1e6}', (yarn)",
    "yarn, '{\"factor\":2.0}', yarn",
    "use_scaled_rope, true, scaled rotary embedding",
    "sliding_window, '[4096]', must be an integer",
    "hidden_dim, 63, the configuration makes it 63 x 32",
    "norm_eps, '\"NaN\"', must be a number"
  })
  void paramsAskForWhatIsNotComputed(String key, String json, String reason) throws Exception {
    Map<String, Object> params = TinyModel.params();
    TinyModel.writeConsolidated(folder, params);
    params.put(key, "REPLACED");
    Files.writeString(
        folder.resolve("params.json"), TinyModel.json(params).replace("\"REPLACED\"", json));
    assertThatThrownBy(() -> ModelReader.open(folder, arena, LoadListener.NONE))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aTokenizerWithMorePiecesForTextThanTheModelHasRowsIsRefused() throws Exception {
    TinyModel.writeHuggingFace(folder, TinyModel.huggingFaceConfig());
    ProtoBytes tokenizer =
        TinyModel.tokenizerModel().message(1, new ProtoBytes().bytes(1, new byte[] {'x'}));
    Files.write(folder.resolve("tokenizer.model"), tokenizer.toByteArray());
    assertThatThrownBy(() -> ModelReader.open(folder, arena, LoadListener.NONE))
        .hasMessageContaining("the tokenizer has 9 pieces, but the model's embedding has 8 rows");
  }

  @ParameterizedTest
  @CsvSource({
    "2, 3, 1, of kind 1",
    "3, 5, 0, escape_whitespaces false",
    "2, 41, 8, the id of BOS is 8",
    "2, 40, -1, the id of the unknown piece is -1"
  })
  void aTokenizerThatWorksOtherwiseIsRefused(int part, int field, long value, String reason)
      throws Exception {
    ProtoBytes tokenizer =
        TinyModel.tokenizerModel().message(part, new ProtoBytes().varint(field, value));
    Path file = Files.write(folder.resolve("tokenizer.model"), tokenizer.toByteArray());
    assertThatThrownBy(() -> ModelReader.readVocabulary(file))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining(reason);
  }

  private static Object typed(String value) {
    if (value.equals("false")) {
      return false;
    }
    if (value.matches("\\d+f")) {
      return Float.valueOf(value);
    }
    return value.matches("\\d+") ? (Object) Integer.valueOf(value) : value;
  }

  private Path write(GgufBytes gguf) throws IOException {
    return Files.write(folder.resolve("model.gguf"), gguf.build());
  }

  private TransformerConfig gguf(GgufBytes gguf) throws IOException {
    return ModelReader.open(write(gguf), arena, LoadListener.NONE).config();
  }

  private TransformerConfig huggingFace(Map<String, Object> config) throws IOException {
    TinyModel.writeHuggingFace(folder, config);
    return ModelReader.open(folder, arena, LoadListener.NONE).config();
  }

  private TransformerConfig huggingFace(Map<String, Object> config, SafetensorsBytes weights)
      throws IOException {
    TinyModel.writeHuggingFace(folder, config, weights);
    return ModelReader.open(folder, arena, LoadListener.NONE).config();
  }

  private TransformerConfig consolidated(Map<String, Object> params) throws IOException {
    TinyModel.writeConsolidated(folder, params);
    return ModelReader.open(folder, arena, LoadListener.NONE).config();
  }
}
