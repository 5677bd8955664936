package io.flinkmistral.engine;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SafePrompt;
import java.util.ArrayList;
import java.util.List;

/**
 * Shows the model the schema that its answer is held to: what it may not write tells it nothing of
 * what it is to write.
 */
final class ShownSchema {
  private static final String BEFORE =
      "Answer with JSON of this JSON schema, and with nothing beside it:\n";

  private ShownSchema() {}

  /**
   * The messages with a system message more where the request brings a schema to be shown and a
   * user's message, which templates put it to.
   */
  static List<ChatMessage> added(List<ChatMessage> messages, CompletionRequest request) {
    boolean hasUser = messages.stream().anyMatch(message -> message.role() == Role.USER);
    if (hasUser
        && request.constraint().orElse(null)
            instanceof OutputConstraint.JsonSchema(String schema, boolean inPrompt)
        && inPrompt) {
      List<ChatMessage> all = new ArrayList<>(messages);
      int first = SafePrompt.is(all.getFirst()) ? 1 : 0;
      all.add(first, new ChatMessage(Role.SYSTEM, BEFORE + schema));
      return all;
    }
    return messages;
  }
}
