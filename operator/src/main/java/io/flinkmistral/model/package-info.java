/**
 * The transformer: tokens of several sequences in, logits out, in one forward pass.
 *
 * <pre>
 *   pass.SequenceInput   tokens 1 and 733 of one sequence, token 28 of another
 *   Transformer          32 layers: norm, attention, norm, feed-forward
 *   pass.Logits          a row of 32,768 for each token that wants one
 * </pre>
 *
 * Room {@code attention} reads keys and values out of the cache's pages, {@code pass} has what a
 * pass takes, holds and gives. The order of each sum is fixed, so that no row depends on the others
 * of its batch. A large model begins with weights as its file has them; {@code WarmUp} packs them
 * beside the first passes, and the bits stay the same.
 */
package io.flinkmistral.model;
