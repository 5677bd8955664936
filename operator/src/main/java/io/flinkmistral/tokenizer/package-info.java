/**
 * Text to token ids and back: what all tokenizers have in common. A {@link
 * io.flinkmistral.tokenizer.Vocabulary} is what a model's files hold, and decides which {@link
 * io.flinkmistral.tokenizer.Tokenizer} encodes with it:
 *
 * <pre>{@code
 * Tokenizer tokenizer = ModelReader.readVocabulary(path).tokenizer();
 * int[] ids = tokenizer.encode("Why?");
 * String text = tokenizer.decode(ids);
 * }</pre>
 *
 * <p>Another kind is a package beside those that are here, with a vocabulary and its tokenizer, and
 * a line where files are told apart: in {@code GgufVocabularyReader} and {@code ModelFolder} of
 * package {@code weights}.
 *
 * <p>Surprises:
 *
 * <ul>
 *   <li>Control pieces are never found in text: {@code encode("[INST]")} is the ids of a text that
 *       looks like one.
 *   <li>Converters give control pieces other types; they are controls all the same: {@link
 *       io.flinkmistral.tokenizer.Vocabulary#withControls}.
 *   <li>The ids of two texts are not those of their concatenation; templates therefore encode each
 *       message on its own.
 *   <li>An empty text has no ids.
 * </ul>
 */
package io.flinkmistral.tokenizer;
