package io.flinkmistral.evaluation;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Prompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Texts as the tokens that a model is asked about. */
record TextTokens(LanguageModel model) {
  /**
   * A context and what follows it.
   *
   * @param context begins with the token that texts begin with
   * @param continuation at least one token
   */
  record Pair(int[] context, int[] continuation) {}

  /**
   * Encodes both together: what has more tokens than the context alone is the continuation. Spaces
   * at the context's end belong to it.
   *
   * @throws InvalidRequestException where nothing is left of the continuation
   */
  Pair pair(String context, String continuation) {
    String before = context.substring(0, lengthWithoutSpaces(context));
    int[] whole = encode(context + continuation);
    int[] own = encode(before);
    if (whole.length <= own.length) {
      throw new InvalidRequestException(
          "choices",
          "the continuation \"%s\" has no token of its own".formatted(Excerpt.of(continuation)));
    }
    return new Pair(own, Arrays.copyOfRange(whole, own.length, whole.length));
  }

  /** Without all that Unicode or Python calls a space at its end. */
  private static int lengthWithoutSpaces(String text) {
    int length = text.length();
    while (length > 0 && isSpace(text.charAt(length - 1))) {
      length--;
    }
    return length;
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
  }

  /**
   * A text in windows of at most {@code most} tokens, of which each token is in one: the first
   * follows the token that texts begin with, the others the token before them, and the last one,
   * which is shorter, as many more as there is room for.
   */
  List<Pair> windows(String text, int most) {
    int[] all = encode(text);
    return windows(Arrays.copyOfRange(all, 1, all.length), all[0], most);
  }

  static List<Pair> windows(int[] tokens, int first, int most) {
    List<Pair> windows = new ArrayList<>();
    int scored = 0;
    while (scored < tokens.length) {
      int many = Math.min(most, tokens.length - scored);
      int[] context =
          scored == 0
              ? new int[] {first}
              : Arrays.copyOfRange(tokens, scored + many - most - 1, scored);
      windows.add(new Pair(context, Arrays.copyOfRange(tokens, scored, scored + many)));
      scored += many;
    }
    return windows;
  }

  /** With the token that texts begin with. */
  int[] encode(String text) {
    return model.encodeTurn(
        true, CompletionRequest.of("", "text").prompt(new Prompt.Text(text)).build());
  }
}
