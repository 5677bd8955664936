package io.flinkmistral.generation;

import io.flinkmistral.generation.logprobs.LogprobTexts;
import io.flinkmistral.generation.text.AnswerSoFar;
import io.flinkmistral.generation.text.AnswerTokens;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.generation.text.CompletionText;
import io.flinkmistral.generation.text.Piece;
import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.ModerationReport;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.TokenLogprob;
import io.flinkmistral.protocol.Usage;
import io.flinkmistral.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An answer that is ended before it is whole. Its text is what was said with its tokens: what was
 * held back, as an incomplete character or the possible beginning of a stop text, is left out,
 * since the whole answer may not have it. So the text is a beginning of the whole one's.
 *
 * @param completion the answer as it is
 * @param last its last piece: the one of its last token, said again where it was said before
 */
public record CutAnswer(Completion completion, Piece last) {
  /** An answer that was never begun. */
  static CutAnswer notBegun(CompletionRequest request, int choice, FinishReason reason) {
    Optional<List<TokenLogprob>> logprobs =
        request.options().topLogprobs().isPresent() ? Optional.of(List.of()) : Optional.empty();
    return new CutAnswer(
        new Completion(
            new Answer("", List.of(), reason, logprobs), new Usage(0, 0, 0), new int[0], 0),
        new Piece(choice, 0, "", List.of()));
  }

  /**
   * @param prompt all tokens of the conversation up to the answer
   * @param soFar its tokens
   * @param cachedTokens tokens of the prompt that the cache held when the request began
   * @param reason what ends it
   */
  public static CutAnswer of(
      CompletionRequest request,
      int[] prompt,
      AnswerSoFar soFar,
      int cachedTokens,
      Tokenizer tokenizer,
      AnswerTokens answerTokens,
      FinishReason reason) {
    boolean isText = request.prompt() instanceof Prompt.Text;
    int[] tokens = soFar.tokens();
    CompletionText text =
        new CompletionText(
            Generation.decoder(request.prompt(), prompt, tokenizer),
            request.stop().texts(),
            isText ? OptionalInt.empty() : answerTokens.toolCallsId());
    LogprobTexts logprobTexts = new LogprobTexts(tokenizer, !request.prompt().goesOn());
    boolean asked = request.options().topLogprobs().isPresent();
    StringBuilder said = new StringBuilder();
    List<TokenLogprob> saidLogprobs = new ArrayList<>();
    List<TokenLogprob> heldBack = new ArrayList<>();
    Piece last = new Piece(soFar.choice(), tokens.length, "", List.of());
    for (int i = 0; i < tokens.length; i++) {
      text.accept(tokens[i], i + 1 > request.stop().minTokens());
      if (asked) {
        heldBack.add(logprobTexts.next(soFar.logprobs(i).orElseThrow()));
      }
      String piece = text.handOut(false);
      last = new Piece(soFar.choice(), i + 1, piece, piece.isEmpty() ? List.of() : heldBack);
      if (!piece.isEmpty()) {
        said.append(piece);
        saidLogprobs.addAll(heldBack);
        heldBack.clear();
      }
    }
    Answer answer =
        new Answer(
            said.toString(),
            List.of(),
            reason,
            asked ? Optional.of(saidLogprobs) : Optional.empty());
    return new CutAnswer(
        new Completion(
            answer,
            new Usage(prompt.length, cachedTokens, tokens.length),
            isText ? tokens : withEnd(tokens, answerTokens.eosId()),
            0),
        last);
  }

  /** An answer that has its last token, and is ended by something else all the same. */
  static CutAnswer whole(Completion completion, Piece last, FinishReason reason) {
    Answer answer = completion.answer().withFinishReason(reason);
    return new CutAnswer(completion.withAnswers(List.of(answer)), last);
  }

  /** The same, without anything of what it says. */
  CutAnswer withoutWords() {
    return new CutAnswer(
        completion.withAnswers(List.of(completion.answer().withoutWords())), last.withoutWords());
  }

  /** The same, judged. */
  CutAnswer withModeration(ModerationReport report) {
    return new CutAnswer(
        completion.withAnswers(List.of(completion.answer().withModeration(report))), last);
  }

  /** The same, for which so many turns made way. */
  CutAnswer withDroppedTurns(int dropped) {
    return new CutAnswer(completion.withDroppedTurns(dropped), last);
  }

  private static int[] withEnd(int[] tokens, int eos) {
    int[] ended = Arrays.copyOf(tokens, tokens.length + 1);
    ended[tokens.length] = eos;
    return ended;
  }
}
