/**
 * Model files, and what they come to: a {@link io.flinkmistral.weights.ModelFile} of numbers of the
 * model, weights, and vocabulary.
 *
 * <pre>
 * model.gguf                 |  gguf
 * config.json, tokenizer.*,  |  folder  --&gt;  vocabulary
 * *.safetensors, *.pth       |    |
 *                            v    v
 *              tensors: "blk.0.attn_q.weight", Q4_0, [4096, 4096], where
 *                               |
 *              parts:   config, tensors by name, template  --&gt;  bound by role
 *                               |
 *              reader:  ModelReader.open(path)  --&gt;  ModelFile
 * </pre>
 *
 * Here are the values that others use; the rooms beside them read. Surprises: nothing is copied, so
 * weights live as long as the arena that they were mapped in; a file's absent fields have defaults
 * that differ by kind of file (see {@link io.flinkmistral.weights.TransformerConfig} for the
 * outcome); what the engine would compute wrongly is refused by name rather than computed.
 */
package io.flinkmistral.weights;
