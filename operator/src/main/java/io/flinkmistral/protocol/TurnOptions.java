package io.flinkmistral.protocol;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What becomes of a request's turn, and of the conversation that it is one of.
 *
 * @param instructions a system message for this turn alone, perhaps an empty one: the conversation
 *     keeps the turn without it, and without tools and form, unless its answer calls tools; absent:
 *     the conversation keeps all of the turn
 * @param fewestTurns how many turns the conversation must have; 0 for none
 * @param timeToLiveMillis for how long the conversation stays without requests after this one;
 *     absent: as an option says
 * @param moderation what of the turn is judged; absent: nothing
 */
public record TurnOptions(
    Optional<String> instructions,
    int fewestTurns,
    OptionalLong timeToLiveMillis,
    Optional<Moderation> moderation) {
  /** The turn is kept as it is, and so is the conversation. */
  public static final TurnOptions DEFAULT =
      new TurnOptions(Optional.empty(), 0, OptionalLong.empty(), Optional.empty());

  public TurnOptions {
    if (timeToLiveMillis.isPresent() && timeToLiveMillis.getAsLong() < 1) {
      throw InvalidRequestException.outOfRange(
          "conversation_ttl", timeToLiveMillis.getAsLong() / 1000.0, "more than 0 seconds");
    }
  }

  public TurnOptions withInstructions(Optional<String> text) {
    return new TurnOptions(text, fewestTurns, timeToLiveMillis, moderation);
  }

  public TurnOptions withFewestTurns(int turns) {
    return new TurnOptions(instructions, turns, timeToLiveMillis, moderation);
  }

  public TurnOptions withTimeToLive(OptionalLong millis) {
    return new TurnOptions(instructions, fewestTurns, millis, moderation);
  }

  public TurnOptions withModeration(Optional<Moderation> judged) {
    return new TurnOptions(instructions, fewestTurns, timeToLiveMillis, judged);
  }
}
