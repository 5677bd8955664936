/**
 * What a forward pass takes, holds and gives.
 *
 * <pre>
 *   SequenceInput  cache of 10 positions, tokens [733, 16289], logits of the last
 *   TokenRows      rows 0 and 1 of the activations; from the last layer on row 1 alone
 *   Logits         row 0: of token 16289
 * </pre>
 *
 * Activations and results lie in memory that the next pass overwrites.
 */
package io.flinkmistral.model.pass;
