package io.flinkmistral.engine.batch;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.prefix.PrefixKey;
import io.flinkmistral.generation.Sequence;
import io.flinkmistral.model.pass.SequenceInput;
import java.util.Optional;

/**
 * What of a sequence's next tokens others have computed, or may need as well. That is never its
 * last token, from whose logits something is drawn, nor any other whose logits it wants.
 */
final class SharedBeginning {
  private static final int[] NOTHING = {};

  private final Sequence sequence;
  private final KvCache cache;

  SharedBeginning(Sequence sequence) {
    this.sequence = sequence;
    this.cache = sequence.cache();
  }

  /**
   * Takes over what there is.
   *
   * @param most tokens, about, where their pages have to be told of
   * @return how many tokens have to be told of
   */
  int takeOver(int most) {
    if (!cache.isReporting()) {
      cache.share(next(Integer.MAX_VALUE));
      return 0;
    }
    int all = 0;
    int more = 1;
    while (all < most && more > 0) {
      more = cache.share(next(cache.layout().pageTokens()));
      all += more;
    }
    return all;
  }

  /** Whether there is more. */
  boolean isAtHand() {
    return cache.canShare(next(cache.layout().pageTokens()));
  }

  Optional<PrefixKey> nextPage() {
    return cache.nextPage(next(cache.layout().pageTokens()));
  }

  /** Its next tokens that need not go through the model. */
  private int[] next(int most) {
    int count = Math.min(most, sequence.pendingTokens() - 1);
    if (count < 1 || !cache.isSharing()) {
      return NOTHING;
    }
    SequenceInput input = sequence.nextInput(count);
    return input.logits() == SequenceInput.Wanted.NONE ? input.tokens() : NOTHING;
  }
}
