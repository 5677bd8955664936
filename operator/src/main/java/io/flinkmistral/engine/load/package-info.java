/**
 * From files and settings to what a model will be, before memory or threads are taken.
 *
 * <pre>
 *   ModelSettings   path, template v3, kv.type f16
 *   ModelBlueprint  config, tokenizer, template, page layout: what does not fit is refused here
 *   Fingerprints    fp_da8bc7005e47f1dd: whether pages and answers of a savepoint still hold
 * </pre>
 */
package io.flinkmistral.engine.load;
