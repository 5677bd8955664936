package io.flinkmistral.generation.text;

import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.sampling.TokenRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Ids of the calls in an answer: nine letters or digits, as templates want them in the tool's
 * result. A call keeps the id that the model has written where it is one; else, or where an earlier
 * call of the answer has it, the call gets an id from the request's ids, the answer's place among
 * them and its own in the answer, which is the same in every replay.
 */
public final class CallIds {
  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int LENGTH = 9;

  private CallIds() {}

  public static List<ToolCall> complete(
      CompletionRequest request, int choice, List<ToolCall> calls) {
    List<ToolCall> result = new ArrayList<>();
    Set<String> used = new HashSet<>();
    for (ToolCall call : calls) {
      String id = call.id();
      for (int round = 0; !isId(id) || !used.add(id); round++) {
        id = made(request, choice, result.size(), round);
      }
      result.add(new ToolCall(id, call.name(), call.arguments()));
    }
    return result;
  }

  private static boolean isId(String id) {
    return id.length() == LENGTH && id.chars().allMatch(c -> DIGITS.indexOf(c) >= 0);
  }

  private static String made(CompletionRequest request, int choice, int index, int round) {
    long seed =
        TokenRandom.seedOf(
            request.conversationId(), "%s\0%d\0%d".formatted(request.requestId(), index, round));
    long bits = TokenRandom.seedOfChoice(seed, choice);
    StringBuilder id = new StringBuilder(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      id.append(DIGITS.charAt((int) Long.remainderUnsigned(bits, DIGITS.length())));
      bits = Long.divideUnsigned(bits, DIGITS.length());
    }
    return id.toString();
  }
}
