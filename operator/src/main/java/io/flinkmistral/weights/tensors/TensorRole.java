package io.flinkmistral.weights.tensors;

/**
 * What a tensor is for, with its name in each kind of file. Names of a layer's tensors stand after
 * the layer's prefix, and {@code .weight} after all.
 */
public enum TensorRole {
  TOKEN_EMBEDDING("token_embd", "model.embed_tokens", "tok_embeddings"),
  OUTPUT_NORM("output_norm", "model.norm", "norm"),
  OUTPUT("output", "lm_head", "output"),
  ATTENTION_NORM("attn_norm", "input_layernorm", "attention_norm"),
  QUERY("attn_q", "self_attn.q_proj", "attention.wq"),
  KEY("attn_k", "self_attn.k_proj", "attention.wk"),
  VALUE("attn_v", "self_attn.v_proj", "attention.wv"),
  ATTENTION_OUTPUT("attn_output", "self_attn.o_proj", "attention.wo"),
  FEED_FORWARD_NORM("ffn_norm", "post_attention_layernorm", "ffn_norm"),
  GATE("ffn_gate", "mlp.gate_proj", "feed_forward.w1"),
  UP("ffn_up", "mlp.up_proj", "feed_forward.w3"),
  DOWN("ffn_down", "mlp.down_proj", "feed_forward.w2");

  private final String gguf;
  private final String huggingFace;
  private final String consolidated;

  TensorRole(String gguf, String huggingFace, String consolidated) {
    this.gguf = gguf;
    this.huggingFace = huggingFace;
    this.consolidated = consolidated;
  }

  String name(TensorNaming naming) {
    return switch (naming) {
      case GGUF -> gguf;
      case HUGGING_FACE -> huggingFace;
      case CONSOLIDATED -> consolidated;
    };
  }
}
