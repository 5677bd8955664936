/**
 * GGUF, the format of llama.cpp (gguf.md of ggml): read, also split into several files, and
 * written.
 *
 * <pre>
 * "GGUF" 3, tensors, fields
 * general.architecture = "llama", llama.block_count = 32, tokenizer.ggml.tokens = [...], ...
 * blk.0.attn_q.weight: [4096, 4096], Q4_0, at 0
 * ...
 * (padding to 32 bytes) the tensors
 * </pre>
 */
package io.flinkmistral.weights.gguf;
