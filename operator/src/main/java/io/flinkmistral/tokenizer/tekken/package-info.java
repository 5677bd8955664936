/**
 * Tekken: byte-level byte-pair encoding, the tokenizer of Mistral Nemo and the models after it.
 *
 * <pre>{@code
 * "Hello world 12"  is split into  Hello| world| |1|2  and each is merged from its bytes
 * }</pre>
 *
 * <p>Surprises:
 *
 * <ul>
 *   <li>Special pieces stand before all others: the piece of rank 0 has the id 1000.
 *   <li>Pieces are bytes and need not be whole characters; a token may complete one that the token
 *       before began.
 *   <li>A word that is a piece is that piece, even where no merging makes it.
 *   <li>A digit is a word of its own, and so is the space before it.
 *   <li>Nothing is put before a text, so that decoding gives it back as it was; lone surrogates
 *       apart.
 * </ul>
 */
package io.flinkmistral.tokenizer.tekken;
