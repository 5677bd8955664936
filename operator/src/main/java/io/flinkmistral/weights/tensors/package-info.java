/**
 * Tensors by their names, of files of any kind, and what they do in a model.
 *
 * <pre>
 * TensorNaming.GGUF.name(TensorRole.QUERY, 3)          "blk.3.attn_q.weight"
 * TensorNaming.HUGGING_FACE.name(TensorRole.QUERY, 3)  "model.layers.3.self_attn.q_proj.weight"
 * </pre>
 *
 * Safetensors have a header of JSON; PyTorch's files are a ZIP with a pickle, of which only what
 * makes tensors is run ({@link io.flinkmistral.weights.tensors.TensorPickle}).
 */
package io.flinkmistral.weights.tensors;
