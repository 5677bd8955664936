package io.flinkmistral.operator;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SafePrompt;
import java.util.List;

/**
 * What must be known of an ended turn before it is dropped.
 *
 * @param hasSystemPrompt whether its request brought one that is no safe prompt
 * @param hasTools whether its request brought definitions of tools
 * @param hasSafePrompt whether its request brought one
 * @param followsCalls whether it begins with results of calls in the turn before
 */
record TurnKind(
    boolean hasSystemPrompt, boolean hasTools, boolean hasSafePrompt, boolean followsCalls) {
  private static final TurnKind PLAIN = new TurnKind(false, false, false, false);
  private static final int SYSTEM = 1;
  private static final int TOOLS = 2;
  private static final int FOLLOWS = 4;
  private static final int SAFE = 8;

  /** That of the turn that a request begins. */
  static TurnKind of(CompletionRequest request) {
    List<ChatMessage> messages = request.messages();
    int from = 0;
    for (int i = 0; i < messages.size() - 1; i++) {
      if (messages.get(i).role() == Role.ASSISTANT) {
        from = i + 1; // Of a whole dialogue, what is new comes after its last answer.
      }
    }
    return new TurnKind(
        messages.stream()
            .anyMatch(message -> message.role() == Role.SYSTEM && !SafePrompt.is(message)),
        !request.tools().isEmpty(),
        messages.stream().anyMatch(SafePrompt::is),
        messages.stream()
            .skip(from)
            .filter(message -> message.role() != Role.SYSTEM)
            .findFirst()
            .filter(message -> message.role() == Role.TOOL)
            .isPresent());
  }

  /** Of one that an earlier version wrote, which did not say: the first brought it all, perhaps. */
  static TurnKind unknown(int turn) {
    return turn == 0 ? new TurnKind(true, true, false, false) : PLAIN;
  }

  /** A number that never changes, for state. */
  int code() {
    return (hasSystemPrompt ? SYSTEM : 0)
        | (hasTools ? TOOLS : 0)
        | (followsCalls ? FOLLOWS : 0)
        | (hasSafePrompt ? SAFE : 0);
  }

  static TurnKind ofCode(int code) {
    return new TurnKind(
        (code & SYSTEM) != 0, (code & TOOLS) != 0, (code & SAFE) != 0, (code & FOLLOWS) != 0);
  }
}
