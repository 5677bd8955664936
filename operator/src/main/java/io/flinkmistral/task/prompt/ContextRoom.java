package io.flinkmistral.task.prompt;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Prompt;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Makes prompts that the context has room for.
 *
 * @param limit most tokens of a prompt and what follows it
 * @param answer tokens that follow at the least
 * @param wanted tokens that are to have room where a text is cut
 * @param mostPrompt most tokens of a prompt
 */
public record ContextRoom(
    LanguageModel model,
    int limit,
    int answer,
    int wanted,
    int mostPrompt,
    ContextOverflow action) {

  /**
   * The prompt of a record.
   *
   * @param texts of its columns
   * @param request asks for a prompt's answer
   * @throws InvalidRequestException if it is too long, and not to be cut
   */
  public FittedPrompt fit(
      Map<String, String> texts, PromptText prompts, Function<Prompt, CompletionRequest> request) {
    CompletionRequest whole = request.apply(prompts.of(texts));
    int fewest = model.fewestTokens(whole);
    if (fewest <= room()) {
      int[] tokens = model.encodeTurn(true, whole);
      if (tokens.length <= room()) {
        return fitted(texts, whole, tokens, false);
      }
      fewest = tokens.length;
    }
    return switch (action) {
      case ERROR -> throw tooLong("the prompt has %d tokens or more".formatted(fewest));
      case TRUNCATED_HEAD, TRUNCATED_TAIL -> cut(texts, prompts, request);
    };
  }

  private int room() {
    int after =
        switch (action) {
          case ERROR -> answer;
          case TRUNCATED_HEAD, TRUNCATED_TAIL -> Math.max(answer, Math.min(wanted, limit / 2));
        };
    return Math.min(mostPrompt, limit - after);
  }

  private InvalidRequestException tooLong(String what) {
    return new InvalidRequestException(
        PromptTemplate.PARAMETER,
        ErrorCode.CONTEXT_LENGTH_EXCEEDED,
        "%s, but the context has room for %d beside the answer".formatted(what, room()));
  }

  private static FittedPrompt fitted(
      Map<String, String> texts, CompletionRequest request, int[] tokens, boolean truncated) {
    Prompt prompt = request.prompt();
    return new FittedPrompt(texts, prompt, PromptText.hash(prompt), tokens, truncated);
  }

  /** Of the longest text as much as fits; where nothing of it does, also of the next longest. */
  private FittedPrompt cut(
      Map<String, String> texts, PromptText prompts, Function<Prompt, CompletionRequest> request) {
    Map<String, String> rest = new LinkedHashMap<>(texts);
    Set<String> left = new HashSet<>(prompts.columns());
    while (!left.isEmpty()) {
      String longest =
          prompts.columns().stream()
              .filter(left::contains)
              .max(Comparator.comparingInt(column -> rest.get(column).length()))
              .orElseThrow();
      left.remove(longest);
      String text = rest.get(longest);
      int fits = 0;
      int tooMany = text.length() + 1;
      while (tooMany - fits > 1) {
        int kept = (fits + tooMany) >>> 1;
        rest.put(longest, kept(text, kept));
        if (isRoomFor(request.apply(prompts.of(rest)))) {
          fits = kept;
        } else {
          tooMany = kept;
        }
      }
      rest.put(longest, kept(text, fits));
      CompletionRequest cut = request.apply(prompts.of(rest));
      if (isRoomFor(cut)) {
        return fitted(rest, cut, model.encodeTurn(true, cut), true);
      }
    }
    int constant = model.encodeTurn(true, request.apply(prompts.of(rest))).length;
    throw tooLong("the prompt has %d tokens without the record's text".formatted(constant));
  }

  private boolean isRoomFor(CompletionRequest request) {
    return model.fewestTokens(request) <= room()
        && model.encodeTurn(true, request).length <= room();
  }

  /** So many characters of a text, or one less where a character has two halves. */
  private String kept(String text, int count) {
    return switch (action) {
      case ERROR -> text;
      case TRUNCATED_TAIL -> {
        boolean inside = count > 0 && count < text.length() && isInsidePair(text, count);
        yield text.substring(0, inside ? count - 1 : count);
      }
      case TRUNCATED_HEAD -> {
        int from = text.length() - count;
        boolean inside = from > 0 && from < text.length() && isInsidePair(text, from);
        yield text.substring(inside ? from + 1 : from);
      }
    };
  }

  private static boolean isInsidePair(String text, int index) {
    return Character.isSurrogatePair(text.charAt(index - 1), text.charAt(index));
  }
}
