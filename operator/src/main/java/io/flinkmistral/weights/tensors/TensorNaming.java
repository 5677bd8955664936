package io.flinkmistral.weights.tensors;

import java.util.regex.Pattern;

/** How a kind of file names tensors. */
public enum TensorNaming {
  GGUF("blk.", "(?!)"),
  HUGGING_FACE("model.layers.", "model\\.layers\\.\\d+\\.self_attn\\.rotary_emb\\.inv_freq"),
  CONSOLIDATED("layers.", "rope\\.freqs");

  private final String layerPrefix;
  private final Pattern redundant;

  TensorNaming(String layerPrefix, String redundant) {
    this.layerPrefix = layerPrefix;
    this.redundant = Pattern.compile(redundant);
  }

  public String name(TensorRole role) {
    return role.name(this) + ".weight";
  }

  public String name(TensorRole role, int layer) {
    return layerPrefix + layer + "." + name(role);
  }

  /** Whether a tensor holds nothing but what the configuration says: rotary frequencies. */
  public boolean isRedundant(String name) {
    return redundant.matcher(name).matches();
  }
}
