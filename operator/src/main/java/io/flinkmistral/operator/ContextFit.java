package io.flinkmistral.operator;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.PromptLength;
import io.flinkmistral.engine.ShortenedDialogue;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ContextOverflow;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.Optional;

/**
 * A request's tokens, and what of its conversation makes way for them.
 *
 * <p>Where the oldest turns may be dropped, those of the conversation go first; where that is not
 * enough, those of the dialogue that the request brings. Of a conversation at least a quarter of
 * the context is dropped, since what is kept must be computed anew each time that something is.
 *
 * @param prompt the request's tokens
 * @param kept the turns that stay; absent: all of them
 * @param dropped turns that do not, also of the request's own
 */
record ContextFit(int[] prompt, Optional<EndedTurns.Kept> kept, int dropped) {
  private static final int LEAST_PART = 4;

  /** The turns before a request. */
  interface Before {
    EndedTurns read() throws Exception;
  }

  /**
   * @param tokens that the conversation has before the request
   * @param before the turns that they are of
   * @throws InvalidRequestException if there is no room for the request
   */
  static ContextFit of(
      int tokens,
      Before before,
      CompletionRequest request,
      Generation.Limits limits,
      LanguageModel model,
      MistralSettings settings)
      throws Exception {
    PromptLength allowed =
        new PromptLength(settings.limits().mostPromptTokens(), limits.contextLimit());
    return switch (overflow(request, settings)) {
      case REFUSE -> {
        allowed.checkAtLeast(tokens, model.fewestTokens(request));
        yield whole(allowed, tokens, model.encodeTurn(tokens == 0, request));
      }
      case DROP_OLDEST -> {
        int room = limits.roomBeforeAnswer(request);
        if (tokens + model.fewestTokens(request) <= room) {
          int[] prompt = model.encodeTurn(tokens == 0, request);
          if (tokens + prompt.length <= room) {
            yield whole(allowed, tokens, prompt);
          }
        }
        EndedTurns turns = tokens == 0 ? EndedTurns.NONE : before.read();
        yield shortened(allowed, turns, tokens, request, room, model);
      }
    };
  }

  /** What a turn is kept without must fit as well, so nothing of it is left out. */
  private static ContextOverflow overflow(CompletionRequest request, MistralSettings settings) {
    return request.turn().instructions().isPresent()
        ? ContextOverflow.REFUSE
        : request.overflow().orElse(settings.overflow());
  }

  private static ContextFit whole(PromptLength allowed, int tokens, int[] prompt) {
    allowed.check(tokens, prompt.length);
    return new ContextFit(prompt, Optional.empty(), 0);
  }

  private static ContextFit shortened(
      PromptLength allowed,
      EndedTurns turns,
      int tokens,
      CompletionRequest request,
      int room,
      LanguageModel model) {
    EndedTurns.Kept fewest = turns.without(Integer.MAX_VALUE, request);
    ShortenedDialogue own =
        ShortenedDialogue.of(model, fewest.tokens() == 0, request, room - fewest.tokens());
    EndedTurns.Kept kept = fewest;
    if (own.dropped() == 0 && tokens > 0) {
      int length = model.encodeTurn(false, request).length;
      int excess = tokens + length - room;
      kept = turns.without(Math.max(excess, allowed.contextLimit() / LEAST_PART), request);
    }
    int[] prompt = model.encodeTurn(kept.tokens() == 0, own.request());
    allowed.check(kept.tokens(), prompt.length);
    int dropped = turns.tokens().size() - kept.turns().cardinality();
    return new ContextFit(
        prompt, dropped == 0 ? Optional.empty() : Optional.of(kept), dropped + own.dropped());
  }
}
