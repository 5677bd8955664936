package io.flinkmistral.protocol;

import java.util.OptionalInt;

/**
 * Where a conversation branches off from another one.
 *
 * @param conversationId the other one
 * @param turn its last turn that both have, from 1; a turn is a request and its answer
 * @param after where the other one has had just so many requests, nothing branches off: the request
 *     is its next one; absent: it branches off in any case
 */
public record ForkPoint(String conversationId, int turn, OptionalInt after) {
  public ForkPoint {
    requirePositive("fork.turn", turn);
    after.ifPresent(requests -> requirePositive("fork.after", requests));
  }

  /** One that branches off in any case. */
  public ForkPoint(String conversationId, int turn) {
    this(conversationId, turn, OptionalInt.empty());
  }

  private static void requirePositive(String parameter, int number) {
    if (number < 1) {
      throw new InvalidRequestException(
          parameter, "%s must be 1 or more, but is %d".formatted(parameter, number));
    }
  }
}
