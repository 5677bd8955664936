package io.flinkmistral.weights;

import io.flinkmistral.tokenizer.Vocabulary;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** What a GGUF file says about the model in it. */
final class GgufModel {
  private static final Set<String> ARCHITECTURES = Set.of("llama", "mistral");
  private static final String WINDOW = "attention.sliding_window";

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
  static ModelParts read(GgufFile gguf, TensorTable tensors, LoadListener listener)
      throws MalformedModelException {
    GgufMetadata metadata = gguf.metadata();
    String architecture = architecture(metadata);
    GgufModel model = new GgufModel(metadata, architecture);
    model.refuseWhatIsNotComputed();
    TransformerConfig config = model.config(tensors, gguf.file());
    if (!metadata.has(model.key(WINDOW))) {
      config = MistralV01.withItsWindow(config, listener);
    }
    Optional<Vocabulary> vocabulary = GgufVocabularyReader.read(gguf);
    if (vocabulary.isPresent()) {
      VocabularyChecks.sizeMustBe(config.vocabularySize(), vocabulary.get(), gguf.file());
    }
    return new ModelParts(gguf.file(), config, tensors, TensorNaming.GGUF, vocabulary, true);
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
    int heads = metadata.positive(key("attention.head_count"));
    OptionalInt headDim = metadata.positiveIfPresent(key("attention.key_length"));
    TransformerConfig config =
        new TransformerConfig(
            dim,
            metadata.positive(key("block_count")),
            heads,
            metadata.positiveOr(key("attention.head_count_kv"), heads),
            headDim.isPresent()
                ? headDim.getAsInt()
                : metadata.shareOfWidth(dim, heads, key("attention.head_count")),
            metadata.positive(key("feed_forward_length")),
            vocabularySize(tensors, file),
            epsilon(),
            metadata.thetaOr(key("rope.freq_base"), 10_000),
            RopeLayout.INTERLEAVED,
            window(),
            metadata.positive(key("context_length")));
    checkHeads(config);
    return metadata.checked(config, key("attention.head_count"), key("attention.key_length"));
  }

  private float epsilon() throws MalformedModelException {
    String key = key("attention.layer_norm_rms_epsilon");
    if (!metadata.has(key)) {
      throw metadata.wrong(key, "is missing");
    }
    return metadata.epsilonOr(key, 0);
  }

  private int vocabularySize(TensorTable tensors, MappedFile file) throws MalformedModelException {
    OptionalInt size = metadata.positiveIfPresent(key("vocab_size"));
    String embedding = TensorNaming.GGUF.name(TensorRole.TOKEN_EMBEDDING);
    Optional<TensorEntry> tensor = tensors.find(embedding);
    if (size.isEmpty() && tensor.isEmpty()) {
      throw file.malformed(0, "tensor %s is missing".formatted(embedding));
    }
    return size.isPresent() ? size.getAsInt() : tensor.get().rows();
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
    refuseUnless(key("rope.scale_linear"), 1, "scaled rotary embedding");
    String scaling = metadata.text(key("rope.scaling.type")).orElse("none");
    if (!scaling.equals("none")) {
      metadata.refuse(key("rope.scaling.type"), "rotary embedding scaled by " + scaling);
    }
    if (!metadata.has(key("rope.scaling.type"))) {
      refuseUnless(key("rope.scaling.factor"), 1, "scaled rotary embedding");
    }
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
