/**
 * Attention over cached keys and values as machine code: of some queries of one head, over a span
 * of positions. In numbers, one query of 2 dimensions and two positions:
 *
 * <pre>
 *   query (2 0), keys (3 5) (1 7), scale 0.5
 *   scores     0.5 * (2 * 3 + 0 * 5), 0.5 * (2 * 1 + 0 * 7)      = 3, 1
 *   maximum    3, exponentials 1, exp(-2) = 0.135, weight 1.135
 *   values     (10 20) (30 40)
 *   sums       1 * 10 + 0.135 * 30, 1 * 20 + 0.135 * 40          = (14.1, 25.4)
 * </pre>
 *
 * <p>Keys and values are read where they lie, in pieces of up to 16 positions, a few KiB each; the
 * next piece is fetched while one is multiplied. So memory is what attention of one token waits
 * for. Of a prompt, up to 16 queries share what is read.
 *
 * <ul>
 *   <li>{@code Piece}: where the numbers of some positions are, as kernels read it.
 *   <li>{@code ScoresWriter}, {@code SoftmaxWriter}, {@code SumsWriter}: write the code, with
 *       {@code NumbersWriter}, which makes floats of halves and scaled bytes.
 *   <li>{@link io.flinkmistral.kernel.machine.attention.AttentionKernels}: makes functions of it,
 *       which {@code SelfTest} holds against {@code PlainAttention}.
 * </ul>
 *
 * <p>Sums have the order of {@code Kernels.addPanel}: a score is one chain along the dimensions, a
 * sum of values one along the positions, and a weight the sum in 16 lanes of {@code LaneSum}.
 */
package io.flinkmistral.kernel.machine.attention;
