package io.flinkmistral.weights.gguf;

import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.RopeLayout;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.parts.MistralV01;
import io.flinkmistral.weights.parts.ModelParts;
import io.flinkmistral.weights.parts.TemplateSupport;
import io.flinkmistral.weights.source.MappedFile;
import io.flinkmistral.weights.tensors.TensorEntry;
import io.flinkmistral.weights.tensors.TensorNaming;
import io.flinkmistral.weights.tensors.TensorRole;
import io.flinkmistral.weights.tensors.TensorTable;
import io.flinkmistral.weights.vocabulary.VocabularyChecks;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** What a GGUF file says about the model in it. */
public final class GgufModel {
  private static final Set<String> ARCHITECTURES = Set.of("llama", "mistral");
  private static final String WINDOW = "attention.sliding_window";
  private static final String FREQUENCY_BASE = "rope.freq_base";
  private static final String HEADS = "attention.head_count";

  private final GgufMetadata metadata;
  private final String prefix;

  private GgufModel(GgufMetadata metadata, String architecture) {
    this.metadata = metadata;
    this.prefix = architecture + ".";
  }

  /**
   * @param gguf the file with the metadata: the only one, or the first of many
   * @param tensors those of all files
   */
  public static ModelParts read(GgufFile gguf, TensorTable tensors, LoadListener listener)
      throws MalformedModelException {
    GgufMetadata metadata = gguf.metadata();
    String architecture = architecture(metadata);
    GgufModel model = new GgufModel(metadata, architecture);
    model.refuseWhatIsNotComputed();
    TransformerConfig config = model.config(tensors, gguf.file());
    if (!metadata.has(model.key(WINDOW))) {
      config = MistralV01.withItsWindow(config, listener);
    }
    if (!metadata.has(model.key(FREQUENCY_BASE))) {
      listener.warning(
          "the file has no %s, the base of the rotary frequencies: %s is used"
              .formatted(model.key(FREQUENCY_BASE), config.ropeTheta()));
    }
    Optional<Vocabulary> vocabulary = GgufVocabularyReader.read(gguf);
    if (vocabulary.isPresent()) {
      VocabularyChecks.sizeMustBe(config.vocabularySize(), vocabulary.get(), gguf.file());
      TemplateSupport.require(vocabulary.get(), metadata, GgufVocabularyReader.TOKENS);
    }
    return new ModelParts(
        gguf.file(),
        config,
        tensors,
        TensorNaming.GGUF,
        vocabulary,
        GgufChat.read(metadata, vocabulary, listener),
        true);
  }

  private static String architecture(GgufMetadata metadata) throws MalformedModelException {
    String key = "general.architecture";
    Optional<String> architecture = metadata.text(key);
    if (architecture.isEmpty()) {
      throw metadata.wrong(key, "is missing");
    }
    if (!ARCHITECTURES.contains(architecture.get())) {
      throw metadata.wrong(
          key,
          "is %s, which is not supported; llama and mistral are".formatted(architecture.get()));
    }
    return architecture.get();
  }

  private TransformerConfig config(TensorTable tensors, MappedFile file)
      throws MalformedModelException {
    int dim = metadata.positive(key("embedding_length"));
    int layers = metadata.positive(key("block_count"));
    int heads = ofAllLayers(HEADS, layers).orElseThrow(() -> missing(HEADS));
    OptionalInt headDim = metadata.positiveIfPresent(key("attention.key_length"));
    TransformerConfig config =
        new TransformerConfig(
            dim,
            layers,
            heads,
            ofAllLayers("attention.head_count_kv", layers).orElse(heads),
            headDim.isPresent()
                ? headDim.getAsInt()
                : metadata.shareOfWidth(dim, heads, key(HEADS)),
            ofAllLayers("feed_forward_length", layers)
                .orElseThrow(() -> missing("feed_forward_length")),
            vocabularySize(tensors, file),
            epsilon(),
            metadata.thetaOr(key(FREQUENCY_BASE), 10_000),
            RopeLayout.INTERLEAVED,
            window(),
            metadata.positive(key("context_length")));
    checkHeads(config);
    return metadata.checked(config, key(HEADS), key("attention.key_length"));
  }

  /** One number, or one for each layer, all the same. */
  private OptionalInt ofAllLayers(String name, int layers) throws MalformedModelException {
    String key = key(name);
    if (!metadata.isArray(key)) {
      return metadata.positiveIfPresent(key);
    }
    double[] numbers = metadata.numbers(key, layers, "layers").orElseThrow();
    for (int layer = 1; layer < layers; layer++) {
      if (numbers[layer] != numbers[0]) {
        throw metadata.wrong(
            key,
            "is %.0f in layer 0 and %.0f in layer %d; only one number for all layers is supported"
                .formatted(numbers[0], numbers[layer], layer));
      }
    }
    if (!(numbers[0] >= 1 && numbers[0] <= Integer.MAX_VALUE && numbers[0] == (int) numbers[0])) {
      throw metadata.wrong(key, "is %s; it must be from 1 to 2^31 - 1".formatted(numbers[0]));
    }
    return OptionalInt.of((int) numbers[0]);
  }

  private MalformedModelException missing(String name) {
    return metadata.wrong(key(name), "is missing");
  }

  private float epsilon() throws MalformedModelException {
    String key = key("attention.layer_norm_rms_epsilon");
    if (!metadata.has(key)) {
      throw metadata.wrong(key, "is missing");
    }
    return metadata.epsilonOr(key, 0);
  }

  private int vocabularySize(TensorTable tensors, MappedFile file) throws MalformedModelException {
    String embedding = TensorNaming.GGUF.name(TensorRole.TOKEN_EMBEDDING);
    Optional<TensorEntry> tensor = tensors.find(embedding);
    if (tensor.isEmpty()) {
      throw file.malformed(0, "tensor %s is missing".formatted(embedding));
    }
    return tensor.get().rows();
  }

  /** 0 means none, as in files that were written from a configuration without a window. */
  private OptionalInt window() throws MalformedModelException {
    String key = key(WINDOW);
    return metadata.integer(key).orElse(0) == 0
        ? OptionalInt.empty()
        : metadata.positiveIfPresent(key);
  }

  private void checkHeads(TransformerConfig config) throws MalformedModelException {
    for (String name : new String[] {"attention.value_length", "rope.dimension_count"}) {
      int value = metadata.positiveOr(key(name), config.headDim());
      if (value != config.headDim()) {
        throw metadata.wrong(
            key(name),
            "is %d, but heads have %d numbers; other sizes are not supported"
                .formatted(value, config.headDim()));
      }
    }
  }

  private void refuseWhatIsNotComputed() throws MalformedModelException {
    refuseUnless(key("expert_count"), 0, "a mixture of experts");
    refuseScaledRope();
    if (metadata.has(key("attention.causal")) && !metadata.flag(key("attention.causal"))) {
      metadata.refuse(key("attention.causal"), "attention to later tokens");
    }
    for (String name :
        new String[] {
          "attention.sliding_window_pattern",
          "attention.scale",
          "attention.temperature_scale",
          "attention.clamp_kqv",
          "attention.max_alibi_bias",
          "attention.layer_norm_epsilon",
          "attn_logit_softcapping",
          "final_logit_softcapping",
          "logit_scale",
          "residual_scale",
          "embedding_scale",
          "use_parallel_residual"
        }) {
      if (metadata.has(key(name))) {
        metadata.refuse(key(name), name);
      }
    }
  }

  /** A factor of 1 is none, and so is one of 0; beside a scaling of "none" none is looked at. */
  private void refuseScaledRope() throws MalformedModelException {
    String type = metadata.text(key("rope.scaling.type")).orElse("linear");
    if (!type.equals("none") && !type.equals("linear")) {
      metadata.refuse(key("rope.scaling.type"), "rotary embedding scaled by " + type);
    }
    for (String name : new String[] {"rope.scaling.factor", "rope.scale_linear"}) {
      double factor = metadata.number(key(name)).orElse(1);
      if (type.equals("linear") && factor != 0 && factor != 1) {
        metadata.refuse(key(name), "scaled rotary embedding (%s)".formatted(factor));
      }
    }
    refuseUnless(key("rope.scaling.attn_factor"), 1, "scaled attention");
  }

  private void refuseUnless(String key, double harmless, String feature)
      throws MalformedModelException {
    double value = metadata.number(key).orElse(harmless);
    if (value != harmless) {
      metadata.refuse(key, "%s (%s)".formatted(feature, value));
    }
  }

  private String key(String name) {
    return prefix + name;
  }
}
