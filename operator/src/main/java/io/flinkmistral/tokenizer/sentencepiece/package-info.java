/**
 * SentencePiece's byte-pair encoding: the vocabularies of Mistral 7B, with a score for each piece.
 *
 * <pre>{@code
 * "the cat"  is spelt  ▁the▁cat, and split into  ▁the ▁cat
 * }</pre>
 *
 * <p>Surprises:
 *
 * <ul>
 *   <li>The v3 vocabulary has twenty pieces such as {@code [REFERENCE_DOC_7]} that <em>are</em>
 *       found in text; they steer nothing.
 *   <li>The pieces of v2 and v3 are the same, and Mistral 7B v0.3 was published with those of v2.
 *   <li>GGUF files give those pieces the type NORMAL, although no merging ever makes them; {@link
 *       io.flinkmistral.tokenizer.sentencepiece.UserDefinedPieces} says how they are recognised.
 *   <li>Encoding puts a space before a text; of an empty text not even that is encoded.
 *   <li>Decoding takes one space off the start, and only off the start: a token's text depends on
 *       whether it comes first.
 * </ul>
 */
package io.flinkmistral.tokenizer.sentencepiece;
