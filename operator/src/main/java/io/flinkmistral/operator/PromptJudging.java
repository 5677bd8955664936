package io.flinkmistral.operator;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.operator.moderation.Judge;
import io.flinkmistral.operator.moderation.JudgedText;
import io.flinkmistral.operator.moderation.TurnWords;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Moderation;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Prompts that are judged before their turns begin, as one that is flagged is not answered. Nothing
 * of a conversation changes before that; whoever waits for its judgement holds up nobody.
 *
 * <p>A turn that has begun was found to be good: after a restore it goes on at once, and its prompt
 * is judged beside it, for what its answer says of that.
 */
final class PromptJudging {
  /** Lets the conversation's first request go on. */
  interface Listener {
    void judged(ConversationKey key) throws Exception;
  }

  private final LanguageModel model;
  private final Judge judge;
  private final int most;
  private final Listener listener;

  /** Of first requests that have not begun. */
  private final Map<ConversationKey, JudgedText> prompts = new HashMap<>();

  /**
   * @param most prompts that are judged at the same time; others wait in their order
   */
  PromptJudging(LanguageModel model, Judge judge, int most, Listener listener) {
    this.model = model;
    this.judge = judge;
    this.most = most;
    this.listener = listener;
  }

  /** Whether the conversation's first request waits for no judgement. */
  boolean isJudged(Conversation conversation, CompletionRequest first) throws Exception {
    JudgedText prompt = prompts.get(conversation.key());
    return prompt == null ? !isNeeded(conversation, first) : prompt.isOver();
  }

  private boolean isNeeded(Conversation conversation, CompletionRequest request) throws Exception {
    if (request.turn().moderation().filter(Moderation::blocksPrompt).isEmpty()) {
      return false;
    }
    Optional<TurnInFlight> begun = conversation.turnInFlight();
    return begun.isEmpty() || !TurnPlan.isOf(model, begun.get(), conversation.header());
  }

  /**
   * Begins to judge it, if that has not begun.
   *
   * @return whether there was room for it
   */
  boolean begin(ConversationKey key, CompletionRequest request) {
    if (prompts.containsKey(key)) {
      return true;
    }
    if (prompts.values().stream().filter(prompt -> !prompt.isOver()).count() >= most) {
      return false;
    }
    prompts.put(key, judge.judge(TurnWords.ofPrompt(request), request, () -> listener.judged(key)));
    return true;
  }

  /** What was judged of the conversation's first request. */
  Optional<JudgedText> of(ConversationKey key) {
    return Optional.ofNullable(prompts.get(key));
  }

  /** The conversation's first request has begun, or will not: it is known no more. */
  Optional<JudgedText> remove(ConversationKey key) {
    return Optional.ofNullable(prompts.remove(key));
  }
}
