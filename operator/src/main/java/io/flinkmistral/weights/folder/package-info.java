/**
 * Folders of Hugging Face, and those that Mistral itself gives out.
 *
 * <pre>
 * config.json, *.safetensors or *.bin, tokenizer.json or tokenizer.model    HuggingFaceModel
 * params.json, consolidated.*, tokenizer.model.v3 or tekken.json            ConsolidatedModel
 * </pre>
 */
package io.flinkmistral.weights.folder;
