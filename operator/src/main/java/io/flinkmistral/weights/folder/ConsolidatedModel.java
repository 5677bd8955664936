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
import io.flinkmistral.weights.tensors.TensorRole;
import io.flinkmistral.weights.tensors.TensorTable;
import io.flinkmistral.weights.tensors.TorchFile;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A folder in Mistral's own layout: {@code params.json} and {@code consolidated.safetensors} or
 * {@code consolidated.00.pth}. What {@code params.json} leaves out has the defaults of
 * mistral-inference, and a size that it does not tell is that of the tensor.
 */
public final class ConsolidatedModel {
  static final String PARAMS = "params.json";
  private static final String WEIGHTS = "consolidated.safetensors";
  private static final String TORCH_WEIGHTS = "consolidated.00.pth";
  private static final String SECOND_TORCH_WEIGHTS = "consolidated.01.pth";
  private static final int CONTEXT_LENGTH = 32_768;

  /** Of Llama 2, whose files have no key for it, but {@link #LLAMA_KEY}. */
  private static final int LLAMA_CONTEXT_LENGTH = 4096;

  private static final String LLAMA_KEY = "multiple_of";

  private final JsonFields fields;
  private final TensorTable tensors;

  private ConsolidatedModel(JsonFields fields, TensorTable tensors) {
    this.fields = fields;
    this.tensors = tensors;
  }

  public static boolean isIn(ModelFolder folder) {
    return folder.has(PARAMS) && (folder.has(WEIGHTS) || folder.has(TORCH_WEIGHTS));
  }

  public static ModelParts read(ModelFolder folder, LoadListener listener) throws IOException {
    MappedFile file = folder.map(PARAMS);
    JsonFields fields = JsonFields.read(file);
    refuseWhatIsNotComputed(fields);
    TensorTable tensors = tensors(folder);
    TransformerConfig config = new ConsolidatedModel(fields, tensors).config(listener);
    Optional<Vocabulary> vocabulary = folder.vocabulary(config.vocabularySize(), listener);
    return new ModelParts(
        file,
        config,
        tensors,
        TensorNaming.CONSOLIDATED,
        vocabulary,
        ChatFiles.read(folder, Optional.empty(), vocabulary, listener),
        fields.flag("tied_embeddings"));
  }

  private static TensorTable tensors(ModelFolder folder) throws IOException {
    TensorTable tensors = new TensorTable();
    if (folder.has(WEIGHTS)) {
      tensors.addAll(SafetensorsFile.read(folder.map(WEIGHTS)));
      return tensors;
    }
    if (folder.has(SECOND_TORCH_WEIGHTS)) {
      // Each part holds a share of every matrix's rows or columns, so no matrix is in one piece.
      throw new MalformedModelException(
          folder.path().resolve(SECOND_TORCH_WEIGHTS),
          0,
          "weights in several consolidated.*.pth are not supported; use the Hugging Face folder");
    }
    tensors.addAll(TorchFile.read(folder.map(TORCH_WEIGHTS)));
    return tensors;
  }

  private TransformerConfig config(LoadListener listener) throws MalformedModelException {
    int dim = fields.positive("dim");
    int heads = fields.positive("n_heads");
    OptionalInt headDim = fields.positiveIfPresent("head_dim");
    TransformerConfig config =
        new TransformerConfig(
            dim,
            fields.positive("n_layers"),
            heads,
            fields.positiveOr("n_kv_heads", heads),
            headDim.isPresent() ? headDim.getAsInt() : fields.shareOfWidth(dim, heads, "n_heads"),
            sizeOr("hidden_dim", TensorNaming.CONSOLIDATED.name(TensorRole.GATE, 0)),
            sizeOr("vocab_size", TensorNaming.CONSOLIDATED.name(TensorRole.TOKEN_EMBEDDING)),
            fields.epsilonOr("norm_eps", 1e-5),
            RopeParameters.theta(fields, thetaOfItsTime(), listener),
            RopeLayout.INTERLEAVED,
            fields.positiveIfPresent("sliding_window"),
            fields.positiveOr(
                "max_seq_len", fields.has(LLAMA_KEY) ? LLAMA_CONTEXT_LENGTH : CONTEXT_LENGTH));
    return fields.checked(config, "n_heads", "head_dim");
  }

  /**
   * The base that a file without one means: 10,000 in those of Llama 2 and of models with a window
   * (Mistral 7B v0.1), 1,000,000 in later ones.
   */
  private double thetaOfItsTime() throws MalformedModelException {
    boolean old = fields.has(LLAMA_KEY) || fields.value("sliding_window").isPresent();
    return old ? 10_000 : 1_000_000;
  }

  /** A size that the file may leave out, or give as -1; then it is the rows of a tensor. */
  private int sizeOr(String key, String tensor) throws MalformedModelException {
    if (fields.integer(key).orElse(-1) != -1) {
      return fields.positive(key);
    }
    Optional<TensorEntry> entry = tensors.find(tensor);
    if (entry.isEmpty()) {
      throw fields.wrong(key, "is missing, and so is tensor %s".formatted(tensor));
    }
    return entry.get().rows();
  }

  private static void refuseWhatIsNotComputed(JsonFields fields) throws MalformedModelException {
    for (String key :
        new String[] {
          "moe",
          "yarn",
          "llama_4_scaling",
          "quantization",
          "quantization_config",
          "vision_encoder",
          "multimodal",
          "lora",
          "model_type"
        }) {
      if (fields.value(key).isPresent()
          && !fields.value(key).get().asString("").equals("transformer")) {
        fields.refuse(key, "%s %s".formatted(key, fields.value(key).get()));
      }
    }
    if (fields.flag("use_scaled_rope")) {
      fields.refuse("use_scaled_rope", "scaled rotary embedding");
    }
  }
}
