package io.flinkmistral.operator;

import io.flinkmistral.engine.batch.Progress;
import io.flinkmistral.generation.Drawn;
import io.flinkmistral.generation.logprobs.TokenLogprobs;
import io.flinkmistral.operator.metrics.MistralMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One of a live conversation's answers: what of it has been taken in. */
final class LiveChoice {
  private final int choice;
  private long lastTokenNanos;

  /** Taken in and not written to state yet. */
  private final List<Integer> unsaved = new ArrayList<>();

  /** Of the same tokens, where that is asked for. */
  private final List<TokenLogprobs> unsavedLogprobs = new ArrayList<>();

  /**
   * @param choice which one, from 0 on
   */
  LiveChoice(int choice) {
    this.choice = choice;
  }

  /** Takes in the tokens that a pass gave, at least one. */
  void takeIn(Progress.Advanced advanced, MistralMetrics metrics) {
    for (Drawn drawn : advanced.drawn()) {
      unsaved.add(drawn.token());
      drawn.logprobs().ifPresent(unsavedLogprobs::add);
    }
    long now = advanced.pass().nanos();
    if (lastTokenNanos != 0) {
      metrics.tokenCame(Duration.ofNanos(now - lastTokenNanos));
    }
    lastTokenNanos = now;
  }

  /** Writes to state what is not there yet. */
  void save(Conversation conversation) throws Exception {
    if (unsaved.isEmpty()) {
      return;
    }
    int[] tokens = unsaved.stream().mapToInt(Integer::intValue).toArray();
    if (choice == 0) {
      conversation.appendAnswer(tokens, unsavedLogprobs);
    } else {
      conversation.appendChoice(new SavedChoice(choice, tokens, unsavedLogprobs));
    }
    unsaved.clear();
    unsavedLogprobs.clear();
  }
}
