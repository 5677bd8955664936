package io.flinkmistral.generation;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.constraint.tokens.ConstrainedText;
import io.flinkmistral.model.Logits;
import io.flinkmistral.model.SequenceInput;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.protocol.Usage;
import io.flinkmistral.sampling.Sampler;
import io.flinkmistral.sampling.TokenRandom;
import io.flinkmistral.template.ToolCallReader;
import io.flinkmistral.tokenizer.TokenStreamDecoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One request's life: its prompt is taken in, then its answer is written token by token.
 *
 * <p>There is no difference between taking in a prompt, writing an answer, and resuming one after a
 * restore: tokens that the cache does not hold yet are fed to the model, and whenever it holds all
 * of them, the next token is drawn.
 *
 * <p>Owned by one thread at a time, as {@link Sequence} says.
 */
public final class Generation implements Sequence {
  private final CompletionRequest request;
  private final KvCache cache;
  private final Limits limits;
  private final Sampler sampler;
  private final CompletionText text;
  private final int promptTokens;
  private final int cachedTokens;
  private final AnswerTokens answerTokens;
  private final Optional<AnswerForm> form;
  private final int base;
  private int[] tokens;
  private int end;
  private FinishReason finishReason;
  private Optional<InvalidRequestException> failure = Optional.empty();
  private List<ToolCall> toolCalls = List.of();

  /**
   * Where an answer ends at the latest.
   *
   * @param maxTokens tokens of an answer, where its request does not say
   * @param contextLimit positions of a conversation
   */
  public record Limits(int maxTokens, int contextLimit) {}

  /**
   * @param request what to answer
   * @param prompt all tokens of the conversation up to the answer, BOS included
   * @param generated tokens of the answer that are known already, from before a restore
   * @param cachedTokens tokens of the prompt that the cache held when the request began
   * @param cache what is held now; it begins at or before the first token to be fed
   * @param form what the answer is held to
   */
  public Generation(
      CompletionRequest request,
      int[] prompt,
      int[] generated,
      int cachedTokens,
      KvCache cache,
      TokenStreamDecoder decoder,
      AnswerTokens answerTokens,
      Optional<ConstrainedText> form,
      Limits limits) {
    this.request = request;
    this.cache = cache;
    this.limits = limits;
    this.promptTokens = prompt.length;
    this.cachedTokens = cachedTokens;
    this.answerTokens = answerTokens;
    this.form = form.map(AnswerForm::new);
    this.base = Math.min(cache.length(), prompt.length);
    this.sampler =
        new Sampler(
            request.sampling(),
            request
                .sampling()
                .seed()
                .orElseGet(
                    () -> TokenRandom.seedOf(request.conversationId(), request.requestId())));
    this.text = new CompletionText(decoder, request.stop().texts(), answerTokens.toolCallsId());
    this.tokens = Arrays.copyOfRange(prompt, base, prompt.length + generated.length);
    this.end = prompt.length;
    for (int token : generated) {
      accept(token);
    }
  }

  @Override
  public KvCache cache() {
    return cache;
  }

  @Override
  public int pendingTokens() {
    return end - cache.length();
  }

  @Override
  public SequenceInput nextInput(int atMost) {
    int from = cache.length() - base;
    int count = Math.min(atMost, pendingTokens());
    return new SequenceInput(
        cache,
        Arrays.copyOfRange(tokens, from, from + count),
        count == pendingTokens() ? SequenceInput.Wanted.LAST : SequenceInput.Wanted.NONE);
  }

  @Override
  public List<Drawn> accept(Logits logits, int row, int rows) {
    failure = form.flatMap(held -> held.deadEnd(completionTokens()));
    if (failure.isPresent()) {
      return List.of();
    }
    List<Drawn> drawn = new ArrayList<>();
    drawn.add(take(forced().orElseGet(() -> draw(logits, row))));
    // Their own logits are of no interest, unless they are asked for.
    boolean withoutLogits = request.options().topLogprobs().isEmpty();
    while (withoutLogits && !hasEnded() && forced().isPresent()) {
      drawn.add(take(forced().getAsInt()));
    }
    return drawn;
  }

  private OptionalInt forced() {
    return form.isPresent() ? form.get().forced() : OptionalInt.empty();
  }

  private int draw(Logits logits, int row) {
    int index = completionTokens();
    int size = logits.vocabularySize();
    return form.isPresent()
        ? form.get().draw(logits, row, allowed -> sampler.sample(allowed, 0, size, index))
        : sampler.sample(logits.values(), logits.offset(row), size, index);
  }

  private Drawn take(int token) {
    Optional<Piece> piece = accept(token);
    return new Drawn(token, piece, completion());
  }

  /** Takes in the next token of the answer; text that has become certain with it, if any. */
  Optional<Piece> accept(int token) {
    append(token);
    form.ifPresent(held -> held.accept(token));
    finishReason = reasonToFinish(token);
    if (hasEnded()) {
      if (form.isEmpty()) { // A character that was cut off is no part of the form.
        text.finish();
      }
      takeCalls();
    }
    String piece = text.handOut(hasEnded());
    return piece.isEmpty() && !hasEnded()
        ? Optional.empty()
        : Optional.of(new Piece(completionTokens(), piece));
  }

  /**
   * Whatever has ended the answer: a list of calls that is complete is one, and one that was cut
   * off is a text, as is everything else that is no list of calls.
   */
  private void takeCalls() {
    toolCalls = text.calls().map(ToolCallReader::read).orElse(List.of());
    if (!toolCalls.isEmpty()) {
      toolCalls = CallIds.complete(request, toolCalls);
      finishReason = FinishReason.TOOL_CALLS;
    }
  }

  private FinishReason reasonToFinish(int token) {
    if (answerTokens.endIds().contains(token) || text.accept(token)) {
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

  @Override
  public boolean hasEnded() {
    return finishReason != null || failure.isPresent();
  }

  /** Why there will be no answer, where it has ended without one. */
  public Optional<InvalidRequestException> failure() {
    return failure;
  }

  /** The whole answer, once it has ended. */
  Optional<Completion> completion() {
    return finishReason != null
        ? Optional.of(
            new Completion(
                toolCalls.isEmpty() ? text.text() : text.beforeCalls(),
                toolCalls,
                finishReason,
                new Usage(promptTokens, cachedTokens, completionTokens()),
                answerWithEos()))
        : Optional.empty();
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
