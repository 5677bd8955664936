/**
 * What every kind of file comes to before it is a model: its numbers, its tensors by name, its
 * template; and the weights bound to what they do.
 *
 * <pre>
 * ModelParts(config, tensors, naming, ...)  --&gt;  WeightsBinder  --&gt;  TransformerWeights
 *   "blk.0.attn_q.weight" has the shape [4096, 4096], as config says: layers[0].query
 * </pre>
 */
package io.flinkmistral.weights.parts;
