package io.flinkmistral.operator;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvPage;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.operator.metrics.MistralMetrics;
import io.flinkmistral.operator.options.MistralSettings;
import java.util.Arrays;
import java.util.List;

/**
 * Gives the cache of a turn that begins the pages that there are: those that others hold, and those
 * in state. What others hold and state lacks goes to state, so that state is what it would be if
 * the turn had computed it. State is whole after each step.
 */
final class PageReturn {
  private final Admission.Decision.Begin turn;
  private final LanguageModel model;
  private final MistralSettings settings;
  private final MistralMetrics metrics;

  /** Of the conversation, as far as they are known. */
  private final int[] tokens;

  PageReturn(
      Admission.Decision.Begin turn,
      LanguageModel model,
      MistralSettings settings,
      MistralMetrics metrics)
      throws Exception {
    this.turn = turn;
    this.model = model;
    this.settings = settings;
    this.metrics = metrics;
    turn.cache()
        .shareIn(
            model.prefixes(settings.sharing().bytes()),
            settings.sharing().salt(turn.plan().queued().request().options()));
    this.tokens = turn.cache().isSharing() ? turn.plan().tokens() : new int[0];
  }

  Admission.Decision.Begin turn() {
    return turn;
  }

  /** Some pages, as many as a mail may take; whether there may be more. */
  boolean next() throws Exception {
    long pages = Math.max(1, settings.restoreBytes() / model.kvLayout().pageBytes());
    for (long i = 0; i < pages; i++) {
      if (!nextPage()) {
        return false;
      }
    }
    return true;
  }

  private boolean nextPage() throws Exception {
    KvCache cache = turn.cache();
    int page = cache.length() / model.kvLayout().pageTokens();
    boolean isInState = page < turn.endPage();
    // The last token is computed in any case: the answer is drawn from its logits.
    if (cache.share(next(tokens.length - 1)) > 0) {
      if (isInState) {
        cache.skipFilled();
      } else {
        List<KvPage> filled = cache.takeFilled();
        turn.plan().conversation().appendPages(filled, cache.firstPage());
        metrics.pagesWritten(filled);
      }
      return true;
    }
    if (isInState) {
      KvPage stored = turn.plan().conversation().page(page);
      metrics.pageRead(stored);
      if (cache.isSharing()) {
        cache.restore(stored, next(tokens.length));
      } else {
        cache.restore(stored);
      }
    }
    return isInState;
  }

  /** Those of the page that comes next; none where they do not fill it. */
  private int[] next(int end) {
    int from = turn.cache().length();
    int to = from + model.kvLayout().pageTokens() - from % model.kvLayout().pageTokens();
    return to > end ? new int[0] : Arrays.copyOfRange(tokens, from, to);
  }
}
