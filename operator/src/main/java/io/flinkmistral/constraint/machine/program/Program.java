package io.flinkmistral.constraint.machine.program;

/**
 * A grammar as instructions. What is called, and what is repeated, is never empty, and begins
 * neither with itself nor with what called it.
 *
 * @param nodes the instructions
 * @param start the first
 * @param ranks of each node: what is reached from a node between two bytes, other than by a return,
 *     has a greater rank
 * @param needs of each node: how many calls within one another it takes at the least to come to the
 *     end of what it is in; more than {@link GrammarLimits#DEPTH} where it cannot be reached
 * @param completes of each node: whether that end can be reached without a byte
 * @param classes of each byte: bytes of one class are never told apart
 * @param representatives of each class, one of its bytes
 * @param counts whether something is counted
 * @param bytes of memory, about
 */
public record Program(
    Node[] nodes,
    int start,
    int[] ranks,
    int[] needs,
    boolean[] completes,
    int[] classes,
    int[] representatives,
    boolean counts,
    long bytes) {
  public int classCount() {
    return representatives.length;
  }
}
