package io.flinkmistral.operator.moderation;

import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.HistoryMode;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The texts of a turn that are judged. */
public final class TurnWords {
  private static final String BETWEEN = "\n\n";

  private TurnWords() {}

  /**
   * What the user says in it: the request's messages of a user. Of a whole dialogue, what is new
   * comes after its last answer.
   */
  public static String ofPrompt(CompletionRequest request) {
    return switch (request.prompt()) {
      case Prompt.Text(String text) -> text;
      case Prompt.Chat chat ->
          chat.messages().stream()
              .skip(request.history() == HistoryMode.FULL ? afterLastAnswer(chat) : 0)
              .filter(message -> message.role() == Role.USER)
              .map(ChatMessage::content)
              .collect(Collectors.joining(BETWEEN));
    };
  }

  private static int afterLastAnswer(Prompt.Chat chat) {
    List<ChatMessage> messages = chat.messages();
    int end = chat.continued() ? messages.size() - 1 : messages.size();
    int from = end;
    while (from > 0 && messages.get(from - 1).role() != Role.ASSISTANT) {
      from--;
    }
    return from;
  }

  /**
   * What is answered: a text, with what it goes on with where that is an answer, and calls of tools
   * by their names and arguments.
   */
  static String ofAnswer(CompletionRequest request, Answer answer) {
    String begun =
        request.prompt() instanceof Prompt.Chat chat && chat.continued()
            ? chat.messages().getLast().content()
            : "";
    List<String> words = new ArrayList<>();
    words.add(begun + answer.text());
    for (ToolCall call : answer.toolCalls()) {
      words.add(call.name() + " " + call.arguments());
    }
    return words.stream().filter(text -> !text.isBlank()).collect(Collectors.joining(BETWEEN));
  }
}
