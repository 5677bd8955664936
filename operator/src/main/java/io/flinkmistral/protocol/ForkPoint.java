package io.flinkmistral.protocol;

/**
 * Where a conversation branches off from another one.
 *
 * @param conversationId the other one
 * @param turn its last turn that both have, from 1; a turn is a request and its answer
 */
public record ForkPoint(String conversationId, int turn) {
  public ForkPoint {
    if (turn < 1) {
      throw new InvalidRequestException("fork.turn", "fork.turn must be 1 or more, but is " + turn);
    }
  }
}
