package io.flinkmistral.generation;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.constraint.tokens.HeldText;
import io.flinkmistral.generation.logprobs.AnswerLogprobs;
import io.flinkmistral.generation.logprobs.LogprobTexts;
import io.flinkmistral.generation.logprobs.TokenLogprobs;
import io.flinkmistral.generation.text.AnswerSoFar;
import io.flinkmistral.generation.text.AnswerTokens;
import io.flinkmistral.generation.text.CallIds;
import io.flinkmistral.generation.text.CallsAsText;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.generation.text.CompletionText;
import io.flinkmistral.generation.text.Piece;
import io.flinkmistral.model.pass.HiddenStates;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.protocol.Usage;
import io.flinkmistral.sampling.Sampler;
import io.flinkmistral.sampling.TokenRandom;
import io.flinkmistral.template.ToolCallReader;
import io.flinkmistral.tokenizer.TokenStreamDecoder;
import io.flinkmistral.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * An answer's life: its prompt is taken in, then it is written token by token.
 *
 * <p>There is no difference between taking in a prompt, writing an answer, and resuming one after a
 * restore: tokens that the cache does not hold yet are fed to the model, and whenever it holds all
 * of them, the next token is drawn.
 *
 * <p>Owned by one thread at a time, as {@link Sequence} says.
 */
public final class Generation implements Sequence {
  /** The most bytes of a character. */
  private static final int MOST_BYTES = 4;

  /**
   * So many tokens come of one pass, where they are forced: to find out what is can take some
   * milliseconds each time, in which all others of the pass wait.
   */
  private static final int MOST_A_PASS = 32;

  private static final Optional<TokenLogprobs> NOT_ASKED = Optional.empty();

  private final CompletionRequest request;
  private final int choice;
  private final KvCache cache;
  private final Limits limits;
  private final Sampler sampler;
  private final CompletionText text;
  private final int promptTokens;
  private final int cachedTokens;
  private final AnswerTokens answerTokens;
  private Optional<ConstrainedSampler> form;
  private final Set<Integer> stopIds;
  private final int base;
  private int[] tokens;
  private int end;

  /** Where the tokens of the last pass begin: what is before them was taken in for it. */
  private int lastPass;

  /**
   * Where it is not known which tokens of a whole answer the last pass gave, what it is held to. To
   * find out can take as long as that pass did, so it is done in one.
   */
  private Optional<HeldText> lastPassOf = Optional.empty();

  private FinishReason finishReason;
  private Optional<InvalidRequestException> failure = Optional.empty();
  private List<ToolCall> toolCalls = List.of();
  private final Optional<AnswerLogprobs> logprobs;

  /** Where the answer may be judged before they go out, all of its pieces. */
  private final List<Piece> pieces = new ArrayList<>();

  /**
   * Where an answer ends at the latest.
   *
   * @param maxTokens tokens of an answer, where its request does not say
   * @param contextLimit positions of a conversation
   */
  public record Limits(int maxTokens, int contextLimit) {
    /**
     * Tokens that may stand before an answer where the oldest turns make way for it: it is to have
     * room for {@code max_tokens}, or for half the context where that is less.
     */
    public int roomBeforeAnswer(CompletionRequest request) {
      return contextLimit
          - Math.min(request.stop().maxTokens().orElse(maxTokens), contextLimit / 2);
    }
  }

  /**
   * @param request what to answer
   * @param prompt all tokens of the conversation up to the answer, BOS included
   * @param before what of the answer is known already
   * @param cachedTokens tokens of the prompt that the cache held when the request began
   * @param cache what is held now; it begins at or before the first token to be fed
   * @param form what the answer is held to
   */
  public Generation(
      CompletionRequest request,
      int[] prompt,
      AnswerSoFar before,
      int cachedTokens,
      KvCache cache,
      Tokenizer tokenizer,
      AnswerTokens answerTokens,
      Optional<HeldText> form,
      Limits limits) {
    this.request = request;
    this.choice = before.choice();
    this.cache = cache;
    this.limits = limits;
    this.promptTokens = prompt.length;
    this.cachedTokens = cachedTokens;
    this.answerTokens = answerTokens;
    this.form = form.map(ConstrainedSampler::new);
    this.stopIds = Set.copyOf(new HashSet<>(request.stop().tokenIds()));
    this.base = Math.min(cache.length(), prompt.length);
    this.sampler = sampler(request, choice, prompt, tokenizer, answerTokens);
    this.text =
        new CompletionText(
            decoder(request.prompt(), prompt, tokenizer),
            request.stop().texts(),
            isText() ? OptionalInt.empty() : answerTokens.toolCallsId());
    OptionalInt top = request.options().topLogprobs();
    this.logprobs =
        top.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new AnswerLogprobs(
                    top.getAsInt(), new LogprobTexts(tokenizer, !request.prompt().goesOn())));
    this.tokens = Arrays.copyOfRange(prompt, base, prompt.length + before.tokens().length);
    this.end = prompt.length;
    for (int i = 0; i < before.tokens().length; i++) {
      lastPass = end; // If no token was forced.
      accept(before.tokens()[i], logprobs.isEmpty() ? NOT_ASKED : before.logprobs(i));
    }
    if (request.constraint().isEmpty()
        && before.tokens().length > 0
        && this.form.flatMap(held -> held.deadEnd(before.tokens().length)).isPresent()) {
      // Calls that were begun when nothing held them go on as they were.
      this.form = Optional.empty();
    }
    if (isWhole() && logprobs.isEmpty()) {
      lastPassOf = this.form.map(ConstrainedSampler::again);
      lastPass = lastPassOf.isEmpty() ? lastPass : Math.max(promptTokens, end - MOST_A_PASS);
    }
  }

  /** Of a text of its own, or of one that goes on with the prompt's. */
  static TokenStreamDecoder decoder(Prompt kind, int[] prompt, Tokenizer tokenizer) {
    TokenStreamDecoder decoder = tokenizer.newDecoder();
    if (kind.goesOn()) {
      // The end of the prompt's text; no character has more tokens than bytes.
      for (int i = Math.max(0, prompt.length - 2 * MOST_BYTES); i < prompt.length; i++) {
        decoder.accept(prompt[i]);
      }
    }
    return decoder;
  }

  private boolean isText() {
    return request.prompt() instanceof Prompt.Text;
  }

  private static Sampler sampler(
      CompletionRequest request,
      int choice,
      int[] prompt,
      Tokenizer tokenizer,
      AnswerTokens answerTokens) {
    SamplingParams params = request.sampling();
    long seed =
        params
            .seed()
            .orElseGet(() -> TokenRandom.seedOf(request.conversationId(), request.requestId()));
    return new Sampler(
        params,
        TokenRandom.seedOfChoice(seed, choice),
        LogitSteps.of(params, request.stop(), prompt, answerTokens, tokenizer));
  }

  @Override
  public KvCache cache() {
    return cache;
  }

  /** An answer that was whole before a restore lacks what it had taken in, and nothing else. */
  @Override
  public int pendingTokens() {
    return Math.max(0, (isWhole() ? lastPass : end) - cache.length());
  }

  @Override
  public SequenceInput nextInput(int atMost) {
    int from = cache.length() - base;
    int count = Math.min(atMost, pendingTokens());
    return new SequenceInput(
        cache,
        Arrays.copyOfRange(tokens, from, from + count),
        count == pendingTokens() && !isWhole()
            ? SequenceInput.Wanted.LAST
            : SequenceInput.Wanted.NONE);
  }

  /** In every pass. */
  @Override
  public void accept(HiddenStates hidden, int row, int rows) {
    if (lastPassOf.isPresent()) {
      int[] answer = Arrays.copyOfRange(tokens, promptTokens - base, end - base);
      lastPass = promptTokens + LastPass.begin(lastPassOf.get(), answer, MOST_A_PASS);
      lastPassOf = Optional.empty();
    }
  }

  @Override
  public List<Drawn> accept(Logits logits, int row, int rows) {
    failure = form.flatMap(held -> held.deadEnd(completionTokens()));
    if (failure.isPresent()) {
      return List.of();
    }
    lastPass = cache.length();
    List<Drawn> drawn = new ArrayList<>();
    int token = forced().orElseGet(() -> draw(logits, row));
    drawn.add(take(token, logprobs.map(asked -> asked.of(logits, row, token))));
    while (!isWhole() && isForced() && drawn.size() < MOST_A_PASS) {
      drawn.add(take(forced().getAsInt(), NOT_ASKED));
    }
    return drawn;
  }

  /** Whether a token follows without logits of its own, which are of interest if asked for. */
  private boolean isForced() {
    return logprobs.isEmpty() && forced().isPresent();
  }

  private OptionalInt forced() {
    return form.isPresent() ? form.get().forced() : OptionalInt.empty();
  }

  private int draw(Logits logits, int row) {
    int index = completionTokens();
    int size = logits.vocabularySize();
    return form.isPresent() && form.get().isHeld()
        ? form.get().draw(logits, row, allowed -> sampler.sample(allowed, 0, size, index))
        : sampler.sample(logits.values(), logits.offset(row), size, index);
  }

  private Drawn take(int token, Optional<TokenLogprobs> told) {
    Optional<Piece> piece = accept(token, told);
    return new Drawn(token, told, piece, completion());
  }

  /**
   * Takes in the next token of the answer; text that has become certain with it, if any.
   *
   * @param told how likely it was, where that is asked for
   */
  Optional<Piece> accept(int token, Optional<TokenLogprobs> told) {
    append(token);
    form.ifPresent(held -> held.accept(token));
    sampler.accept(token);
    if (!isEnd(token)) {
      told.ifPresent(one -> logprobs.orElseThrow().add(one));
    }
    finishReason = reasonToFinish(token);
    if (isWhole()) {
      if (form.isEmpty()
          || form.get().isFree()) { // A character that was cut off is no part of the form.
        text.finish();
      }
      takeCalls();
    }
    String piece = text.handOut(isWhole());
    if (piece.isEmpty() && !isWhole()) {
      return Optional.empty();
    }
    Piece next =
        new Piece(
            choice,
            completionTokens(),
            piece,
            logprobs.map(AnswerLogprobs::handOut).orElse(List.of()));
    if (request.turn().moderation().isPresent()) {
      pieces.add(next);
    }
    return Optional.of(next);
  }

  /**
   * Whatever has ended the answer: a list of calls that is complete is one, and one that was cut
   * off is a text, as is everything else that is no list of calls.
   */
  private void takeCalls() {
    if (answerTokens.callsAsText() && CallsAsText.mayBe(request) && text.text().startsWith("[")) {
      text.takeAsCalls();
    }
    toolCalls = text.calls().map(ToolCallReader::read).orElse(List.of());
    if (!toolCalls.isEmpty()) {
      toolCalls = CallIds.complete(request, choice, toolCalls);
      finishReason = FinishReason.TOOL_CALLS;
    }
  }

  /** Whether the token ends an answer, and is no part of its text. */
  private boolean isEnd(int token) {
    return answerTokens.endIds().contains(token) || stopIds.contains(token);
  }

  private FinishReason reasonToFinish(int token) {
    if (isEnd(token) || text.accept(token, completionTokens() > request.stop().minTokens())) {
      return FinishReason.STOP;
    }
    boolean full =
        completionTokens() >= request.stop().maxTokens().orElse(limits.maxTokens())
            || end >= limits.contextLimit();
    return full ? FinishReason.LENGTH : null;
  }

  private void append(int token) {
    int index = end - base;
    if (index == tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(16, tokens.length * 2));
    }
    tokens[index] = token;
    end++;
  }

  /** Tokens of the answer so far, the end-of-sequence token included. */
  int completionTokens() {
    return end - promptTokens;
  }

  /** Whether the answer has its last token. */
  boolean isWhole() {
    return finishReason != null;
  }

  @Override
  public boolean hasEnded() {
    return failure.isPresent() || isWhole() && pendingTokens() == 0;
  }

  /** Which of its request's answers it is, from 0 on. */
  public int choice() {
    return choice;
  }

  /** All pieces of the answer so far, also those from before a restore; where it is judged. */
  List<Piece> pieces() {
    return List.copyOf(pieces);
  }

  /** Why there will be no answer, where it has ended without one. */
  public Optional<InvalidRequestException> failure() {
    return failure;
  }

  /** The whole answer, once it has ended. */
  Optional<Completion> completion() {
    return isWhole()
        ? Optional.of(
            new Completion(
                new Answer(
                    toolCalls.isEmpty() ? text.text() : text.beforeCalls(),
                    toolCalls,
                    finishReason,
                    logprobs.map(AnswerLogprobs::all)),
                usage(),
                isText() ? answerWithoutEnd() : answerWithEos(),
                sharedTokens()))
        : Optional.empty();
  }

  /** Tokens before the answer that neither state held nor this request computed, so far. */
  public int sharedTokens() {
    return Math.min(cache.sharedTokens(), promptTokens - cachedTokens);
  }

  private Usage usage() {
    return new Usage(promptTokens, cachedTokens, completionTokens());
  }

  /** A text goes on where it ended. */
  private int[] answerWithoutEnd() {
    boolean ended = isEnd(tokens[end - base - 1]);
    return Arrays.copyOfRange(tokens, promptTokens - base, end - base - (ended ? 1 : 0));
  }

  private int[] answerWithEos() {
    int[] answer = Arrays.copyOfRange(tokens, promptTokens - base, end - base);
    if (answer.length == 0 || answer[answer.length - 1] != answerTokens.eosId()) {
      answer = Arrays.copyOf(answer, answer.length + 1);
      answer[answer.length - 1] = answerTokens.eosId();
    }
    return answer;
  }
}
