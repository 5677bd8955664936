/**
 * Byte-pair merging, for all vocabularies that are trained by it: adjacent symbols are joined, the
 * pair of the lowest rank first, until no two make a piece.
 *
 * <pre>{@code
 * new BpeMerge(rules, "hello".toCharArray()).forEachPiece(sink);   // h e l l o, he l l o, he ll o ...
 * }</pre>
 *
 * <p>A text is characters; where a vocabulary is of bytes, a character is a byte, from 0 to 255.
 */
package io.flinkmistral.tokenizer.bpe;
