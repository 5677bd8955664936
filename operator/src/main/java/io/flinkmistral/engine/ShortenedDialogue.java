package io.flinkmistral.engine;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A request without the oldest turns of the dialogue that it brings, as many as must go so that it
 * has a number of tokens. A turn is what a user says with all that follows it; the last one stays,
 * and so do system messages and tools.
 *
 * <p>It follows from the request alone. A dialogue that goes on is sent again with each turn, and
 * would begin with other tokens each time if as little as can be were dropped, so that nothing of
 * it were ever cached: so it is dropped in steps, of as many characters as half the context has
 * tokens.
 *
 * @param request what is left of it
 * @param dropped turns
 */
public record ShortenedDialogue(CompletionRequest request, int dropped) {
  /**
   * @param first whether the conversation begins with the request
   * @param most tokens
   */
  public static ShortenedDialogue of(
      LanguageModel model, boolean first, CompletionRequest request, int most) {
    if (!(request.prompt() instanceof Prompt.Chat chat) || fits(model, first, request, most)) {
      return new ShortenedDialogue(request, 0);
    }
    List<Integer> begins = begins(chat.messages());
    int last = begins.size() - 1;
    int least =
        firstOf(last, dropped -> fits(model, first, without(request, chat, begins, dropped), most));
    int[] characters = characters(chat.messages(), begins);
    int step = Math.max(1, model.contextLimit() / 2);
    long goal = Math.ceilDiv((long) characters[least], step) * (long) step;
    int dropped = firstOf(last, count -> count >= least && characters[count] >= goal);
    return new ShortenedDialogue(without(request, chat, begins, dropped), dropped);
  }

  private static boolean fits(
      LanguageModel model, boolean first, CompletionRequest request, int most) {
    return model.fewestTokens(request) <= most && model.encodeTurn(first, request).length <= most;
  }

  /** The least number for which {@code holds}, which holds for all beyond; {@code last} if none. */
  private static int firstOf(int last, IntPredicate holds) {
    int from = 0;
    int to = last;
    while (from < to) {
      int middle = (from + to) / 2;
      if (holds.test(middle)) {
        to = middle;
      } else {
        from = middle + 1;
      }
    }
    return from;
  }

  /** Where turns begin. */
  private static List<Integer> begins(List<ChatMessage> messages) {
    List<Integer> begins = new ArrayList<>();
    Role before = null;
    for (int i = 0; i < messages.size(); i++) {
      Role role = messages.get(i).role();
      if (role != Role.SYSTEM) {
        if (before == null || role == Role.USER && before != Role.USER) {
          begins.add(i);
        }
        before = role;
      }
    }
    return begins;
  }

  /** By how many turns are dropped, those of their messages. */
  private static int[] characters(List<ChatMessage> messages, List<Integer> begins) {
    int[] characters = new int[begins.size() + 1];
    for (int turn = 0; turn < begins.size(); turn++) {
      int end = turn + 1 < begins.size() ? begins.get(turn + 1) : messages.size();
      characters[turn + 1] =
          characters[turn]
              + messages.subList(begins.get(turn), end).stream()
                  .filter(message -> message.role() != Role.SYSTEM)
                  .mapToInt(message -> message.content().length())
                  .sum();
    }
    return characters;
  }

  private static CompletionRequest without(
      CompletionRequest request, Prompt.Chat chat, List<Integer> begins, int dropped) {
    List<ChatMessage> messages = new ArrayList<>();
    int from = begins.get(dropped);
    for (int i = 0; i < chat.messages().size(); i++) {
      ChatMessage message = chat.messages().get(i);
      if (i >= from || message.role() == Role.SYSTEM) {
        messages.add(message);
      }
    }
    return request
        .but()
        .prompt(new Prompt.Chat(messages, chat.tools(), chat.use(), chat.continued()))
        .build();
  }
}
