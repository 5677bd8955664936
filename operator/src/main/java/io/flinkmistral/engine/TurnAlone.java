package io.flinkmistral.engine;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SafePrompt;
import java.util.ArrayList;
import java.util.List;

/**
 * What a request brings for its turn alone, beside its messages: instructions, with them its tools,
 * and the schema of its answer. Templates put these to a message of a user. Where there is none,
 * the request brings results of calls, and the turn that called stands before it with all that.
 */
final class TurnAlone {
  private TurnAlone() {}

  /** The messages and tools that the model is to see. */
  static Prompt.Chat shown(Prompt.Chat chat, CompletionRequest request) {
    List<ChatMessage> messages = chat.messages();
    boolean hasUser = messages.stream().anyMatch(message -> message.role() == Role.USER);
    if (request.turn().instructions().isPresent() && !hasUser) {
      return new Prompt.Chat(messages, List.of(), chat.continued());
    }
    List<ChatMessage> all = new ArrayList<>(messages);
    int first = SafePrompt.is(all.getFirst()) ? 1 : 0;
    request
        .turn()
        .instructions()
        .filter(text -> !text.isEmpty())
        .ifPresent(text -> all.add(first, new ChatMessage(Role.SYSTEM, text)));
    return new Prompt.Chat(
        ShownSchema.added(all, request), chat.tools(), chat.use(), chat.continued());
  }
}
