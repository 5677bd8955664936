package io.flinkmistral.generation;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.generation.logprobs.PromptRanks;
import io.flinkmistral.generation.text.AnswerSoFar;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.generation.text.Piece;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.PromptLogprobs;
import io.flinkmistral.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * All answers to one request, and the sequences that write them. Most often that is one {@link
 * Generation}. Where a request asks for several answers, its prompt is taken in once; each answer
 * then goes on by itself, and full pages of keys and values are shared. The same way is taken where
 * the request asks how likely the tokens of its prompt were.
 *
 * <p>An answer is what it would be if it were alone: it depends on the request and its place among
 * the answers.
 *
 * <p>Owned by one thread, which is told when a sequence has ended and is its own again.
 */
public final class Choices {
  private final KvCache trunk;
  private final Supplier<KvCache> branches;
  private final List<AnswerSoFar> before;
  private final BiFunction<AnswerSoFar, KvCache, Generation> begin;
  private final Optional<Prefill> prefill;
  private final List<Generation> answers = new ArrayList<>();
  private final Set<Sequence> running = new HashSet<>();

  /**
   * @param request what to answer
   * @param prompt all tokens of the conversation up to the answers, BOS included
   * @param before what of each answer is known already, in their order
   * @param trunk what is held of the prompt; the first answer goes on with it. Where there are
   *     several sequences, it must not reach beyond the prompt
   * @param branches gives branches of it, whose owner is who gives them
   * @param begin an answer of which something is known, on a cache
   */
  public Choices(
      CompletionRequest request,
      int[] prompt,
      List<AnswerSoFar> before,
      KvCache trunk,
      Supplier<KvCache> branches,
      Tokenizer tokenizer,
      BiFunction<AnswerSoFar, KvCache, Generation> begin) {
    this.before = List.copyOf(before);
    this.trunk = trunk;
    this.branches = branches;
    this.begin = begin;
    OptionalInt asked = request.options().promptLogprobs();
    Optional<PromptRanks> ranks =
        asked.isPresent()
            ? Optional.of(new PromptRanks(asked.getAsInt(), tokenizer))
            : Optional.empty();
    this.prefill =
        isPromptByItself(request)
            ? Optional.of(new Prefill(prompt, trunk, ranks))
            : Optional.empty();
  }

  /** Whether a prompt is taken in by itself, before its answers. */
  public static boolean isPromptByItself(CompletionRequest request) {
    return request.options().choices() > 1 || request.options().promptLogprobs().isPresent();
  }

  /**
   * Begins.
   *
   * @param more takes the sequences that are to be decoded from when this returns on
   */
  public void begin(Consumer<Sequence> more) {
    if (prefill.isPresent() && !prefill.get().hasEnded()) {
      run(prefill.get(), more);
    } else {
      beginAnswers(more);
    }
  }

  /**
   * A sequence has ended.
   *
   * @param more as that of {@link #begin}
   */
  public void ended(Sequence sequence, Consumer<Sequence> more) {
    if (!running.remove(sequence)) {
      throw new IllegalStateException(
          "a sequence has ended that was not begun, or has ended twice");
    }
    if (prefill.isPresent() && prefill.get() == sequence) {
      beginAnswers(more);
    }
  }

  private void beginAnswers(Consumer<Sequence> more) {
    for (AnswerSoFar known : before) {
      KvCache cache = answers.isEmpty() ? trunk : branches.get();
      Generation answer = begin.apply(known, cache);
      answers.add(answer);
      // Of the conversation's answer, keys and values are wanted, too: none are held of it.
      if (answer.choice() == 0 || !answer.isWhole()) {
        run(answer, more);
      }
    }
  }

  private void run(Sequence sequence, Consumer<Sequence> more) {
    running.add(sequence);
    more.accept(sequence);
  }

  /** Whether the sequence's pages are those of the conversation, which goes on with one answer. */
  public boolean isOfConversation(Sequence sequence) {
    return sequence.cache() == trunk;
  }

  /** The first page that the conversation's later tokens see, when all answers have ended. */
  public int firstPage() {
    return trunk.firstPage();
  }

  /** Tokens of the prompt that neither state held nor this request computed, so far. */
  public int sharedTokens() {
    return answers.isEmpty() ? trunk.sharedTokens() : answers.getFirst().sharedTokens();
  }

  /** Whether all answers have ended. */
  public boolean areOver() {
    return running.isEmpty() && !answers.isEmpty();
  }

  /**
   * Why there will be no answers, when all have ended: where one cannot be given, none is. Of
   * several reasons, that of the first answer counts, whichever came first.
   */
  public Optional<InvalidRequestException> failure() {
    return answers.stream().flatMap(answer -> answer.failure().stream()).findFirst();
  }

  /** How many answers there are to be. */
  public int count() {
    return before.size();
  }

  /** One of the answers, once it is whole and no pass reads it. */
  public Optional<Completion> completion(int choice) {
    return choice < answers.size() && !running.contains(answers.get(choice))
        ? answers.get(choice).completion()
        : Optional.empty();
  }

  /** All pieces of an answer that is whole, where its request has it judged. */
  public List<Piece> pieces(int choice) {
    return answers.get(choice).pieces();
  }

  /** What was answered, when all have ended and none has failed. */
  public Completion completion() {
    Optional<PromptLogprobs> ofPrompt = prefill.flatMap(Prefill::logprobs);
    return Completion.of(
        answers.stream().map(answer -> answer.completion().orElseThrow()).toList(), ofPrompt);
  }
}
