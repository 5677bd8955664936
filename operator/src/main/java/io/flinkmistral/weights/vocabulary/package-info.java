/**
 * Tokens as SentencePiece's own files, Tekken's, and {@code tokenizer.json} have them.
 *
 * <pre>
 * tokenizer.model (protobuf)   pieces with scores
 * tekken.json                  pieces of bytes with ranks
 * tokenizer.json               pieces, and merges in order: rank 0 is the first one that is tried
 * </pre>
 *
 * They are held against the rows that the model has: too few are filled up, others refused.
 */
package io.flinkmistral.weights.vocabulary;
