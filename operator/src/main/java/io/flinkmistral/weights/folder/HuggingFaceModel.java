package io.flinkmistral.weights.folder;

import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.RopeLayout;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.parts.ModelParts;
import io.flinkmistral.weights.parts.RopeParameters;
import io.flinkmistral.weights.source.JsonFields;
import io.flinkmistral.weights.source.MappedFile;
import io.flinkmistral.weights.tensors.SafetensorsFile;
import io.flinkmistral.weights.tensors.TensorEntry;
import io.flinkmistral.weights.tensors.TensorNaming;
import io.flinkmistral.weights.tensors.TensorTable;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * A folder in Hugging Face's layout: {@code config.json} and {@code model.safetensors}, or shards
 * that {@code model.safetensors.index.json} names.
 *
 * <p>Where there are both, the one file counts, as in transformers.
 *
 * <p>What {@code config.json} leaves out has the defaults of transformers' MistralConfig and
 * LlamaConfig; an absent field and one that is null are not the same there.
 */
public final class HuggingFaceModel {
  static final String CONFIG = "config.json";
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final String HEADS = "num_attention_heads";

  private final ModelFolder folder;
  private final JsonFields fields;

  private HuggingFaceModel(ModelFolder folder, JsonFields fields) {
    this.folder = folder;
    this.fields = fields;
  }

  public static boolean isIn(ModelFolder folder) {
    return folder.has(CONFIG) && (folder.has(SINGLE) || folder.has(INDEX));
  }

  public static ModelParts read(ModelFolder folder, LoadListener listener) throws IOException {
    MappedFile file = folder.map(CONFIG);
    HuggingFaceModel model = new HuggingFaceModel(folder, JsonFields.read(file));
    boolean mistral = model.isMistral();
    model.refuseWhatIsNotComputed();
    TransformerConfig config = model.config(mistral, listener);
    TensorTable tensors = model.tensors();
    Optional<Vocabulary> vocabulary = folder.vocabulary(config.vocabularySize(), listener);
    return new ModelParts(
        file,
        config,
        tensors,
        TensorNaming.HUGGING_FACE,
        vocabulary,
        ChatFiles.read(folder, Optional.of(model.fields), vocabulary, listener),
        model.fields.flag("tie_word_embeddings"));
  }

  /** Whether the defaults are Mistral's or Llama's; other architectures are refused by name. */
  private boolean isMistral() throws MalformedModelException {
    String type = "absent";
    Optional<JsonNode> architectures = fields.value("architectures");
    Collection<JsonNode> names = architectures.map(JsonNode::values).orElse(List.of());
    for (JsonNode name : names) {
      type =
          switch (name.asString("")) {
            case "MistralForCausalLM" -> "mistral";
            case "LlamaForCausalLM" -> "llama";
            case String other -> throw unsupported("architectures", other);
          };
    }
    return switch (fields.text("model_type").orElse(type)) {
      case "mistral" -> true;
      case "llama" -> false;
      case String other -> throw unsupported("model_type", other);
    };
  }

  private MalformedModelException unsupported(String key, String name) {
    return fields.wrong(
        key,
        "is %s, which is not supported; mistral (MistralForCausalLM) and llama (LlamaForCausalLM) are"
            .formatted(name));
  }

  private TransformerConfig config(boolean mistral, LoadListener listener)
      throws MalformedModelException {
    int dim = fields.positive("hidden_size");
    int heads = fields.positive(HEADS);
    OptionalInt headDim = fields.positiveIfPresent("head_dim");
    TransformerConfig config =
        new TransformerConfig(
            dim,
            fields.positive("num_hidden_layers"),
            heads,
            kvHeads(mistral, heads),
            headDim.isPresent() ? headDim.getAsInt() : fields.shareOfWidth(dim, heads, HEADS),
            fields.positive("intermediate_size"),
            fields.positive("vocab_size"),
            fields.epsilonOr("rms_norm_eps", 1e-6),
            RopeParameters.theta(fields, 10_000, listener),
            RopeLayout.HALVES,
            window(mistral),
            fields.positiveOr("max_position_embeddings", mistral ? 131_072 : 2048));
    return fields.checked(config, HEADS, "head_dim");
  }

  /** Absent: 8 in Mistral, all heads in Llama. Null: all heads. */
  private int kvHeads(boolean mistral, int heads) throws MalformedModelException {
    String key = "num_key_value_heads";
    return fields.positiveOr(key, mistral && !fields.has(key) ? 8 : heads);
  }

  /** Absent: 4096 in Mistral. Null: none. Llama has none. */
  private OptionalInt window(boolean mistral) throws MalformedModelException {
    String key = "sliding_window";
    if (mistral && !fields.has(key)) {
      return OptionalInt.of(4096);
    }
    return fields.positiveIfPresent(key);
  }

  private void refuseWhatIsNotComputed() throws MalformedModelException {
    String activation = fields.text("hidden_act").orElse("silu");
    if (!activation.equals("silu") && !activation.equals("swish")) {
      fields.refuse("hidden_act", "the activation " + activation);
    }
    for (String key : new String[] {"attention_bias", "mlp_bias"}) {
      if (fields.flag(key)) {
        fields.refuse(key, "biases");
      }
    }
    if (fields.value("quantization_config").isPresent()) {
      fields.refuse("quantization_config", "a number format of its own");
    }
    double partial = fields.number("partial_rotary_factor").orElse(1);
    if (partial != 1) {
      fields.refuse("partial_rotary_factor", "rotary embedding of a part of each head");
    }
  }

  private TensorTable tensors() throws IOException {
    TensorTable table = new TensorTable();
    // One whole file goes before an index, which may be of shards that were there before it.
    if (folder.has(SINGLE)) {
      table.addAll(SafetensorsFile.read(folder.map(SINGLE)));
      return table;
    }
    MappedFile index = folder.map(INDEX);
    Map<String, String> fileOfTensor = fileOfTensor(index);
    Map<String, MappedFile> shards = new LinkedHashMap<>();
    for (String shard : new TreeSet<>(fileOfTensor.values())) {
      if (!folder.has(shard)) {
        throw index.malformed(0, "the file names %s, which is not in the folder".formatted(shard));
      }
      shards.put(shard, folder.map(shard));
      List<TensorEntry> tensors = SafetensorsFile.read(shards.get(shard));
      table.addAll(tensors);
    }
    for (Map.Entry<String, String> entry : fileOfTensor.entrySet()) {
      Optional<TensorEntry> tensor = table.find(entry.getKey());
      if (tensor.isEmpty() || tensor.get().file() != shards.get(entry.getValue())) {
        throw index.malformed(
            0, "tensor %s is not in %s".formatted(entry.getKey(), entry.getValue()));
      }
    }
    return table;
  }

  private static Map<String, String> fileOfTensor(MappedFile index) throws MalformedModelException {
    JsonFields fields = JsonFields.read(index);
    Optional<JsonNode> map = fields.value("weight_map");
    if (map.isEmpty() || !map.get().isObject() || map.get().size() > TensorTable.MAX_TENSORS) {
      throw fields.wrong(
          "weight_map",
          "must name a file for each of at most %d tensors".formatted(TensorTable.MAX_TENSORS));
    }
    Map<String, String> result = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : map.get().properties()) {
      String shard = entry.getValue().asString("");
      // A name that leads out of the folder would read any file of the host.
      if (!shard.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,199}") || !shard.endsWith(".safetensors")) {
        throw fields.wrong(
            "weight_map",
            "puts tensor %s into %s, which is no file of this folder"
                .formatted(entry.getKey(), entry.getValue()));
      }
      result.put(entry.getKey(), shard);
    }
    return result;
  }
}
