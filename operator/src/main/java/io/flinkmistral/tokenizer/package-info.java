/**
 * Text to token ids and back, and dialogues to ids.
 *
 * <p>Surprises:
 *
 * <ul>
 *   <li>Control pieces are never found in text: {@code encode("[INST]")} is the ids of a text that
 *       looks like one. But the v3 vocabulary has twenty pieces such as {@code [REFERENCE_DOC_7]}
 *       that <em>are</em> found in text; they steer nothing.
 *   <li>Converters give control pieces other types; they are controls all the same: {@link
 *       io.flinkmistral.tokenizer.Vocabulary#withControls} says which.
 *   <li>The pieces of v2 and v3 are the same, and Mistral 7B v0.3 was published with those of v2.
 *   <li>GGUF files give those pieces the type NORMAL, although no merging ever makes them; {@link
 *       io.flinkmistral.tokenizer.UserDefinedPieces} says how they are recognised.
 *   <li>Encoding puts a space before a text, so the ids of two texts are not those of their
 *       concatenation; templates therefore encode each message on its own.
 *   <li>Decoding takes one space off the start, and only off the start: a token's text depends on
 *       whether it comes first.
 *   <li>An empty text has no ids, not even that of the space.
 * </ul>
 */
package io.flinkmistral.tokenizer;
