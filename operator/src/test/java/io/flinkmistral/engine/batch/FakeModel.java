package io.flinkmistral.engine.batch;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.generation.Drawn;
import io.flinkmistral.generation.Scoring;
import io.flinkmistral.model.pass.Logits;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Passes without weights: whatever is taken in, all tokens are equally likely. */
final class FakeModel implements Pass.Runner, AutoCloseable {
  private static final int VOCABULARY = 4;
  private static final KvLayout LAYOUT = new KvLayout(1, 1, 1, 16, KvType.F16);
  private static final Logits LOGITS = new Logits(new float[VOCABULARY], 1, VOCABULARY);

  private final KvPagePool pool = new KvPagePool(LAYOUT);

  /** A sequence that takes in so many tokens, and ends. */
  Scoring sequence(int tokens) {
    KvCache cache = new KvCache(LAYOUT, OptionalInt.empty(), pool, 0);
    return Scoring.next(cache, new int[tokens], new int[] {1});
  }

  @Override
  public List<Pass.Outcome> run(Pass pass) {
    List<Pass.Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < pass.parts().size(); i++) {
      Pass.Part part = pass.parts().get(i);
      int[] tokens = part.input().tokens();
      KvCache cache = part.sequence().cache();
      cache.reserve(tokens.length);
      cache.advance(tokens);
      List<Drawn> drawn =
          part.input().logitRows() == 0 ? List.of() : part.sequence().accept(LOGITS, 0, 1);
      outcomes.add(new Pass.Outcome.Done(drawn, cache.takeFilled()));
    }
    return outcomes;
  }

  long bytesInUse() {
    return pool.bytesInUse();
  }

  @Override
  public void close() {
    pool.close();
  }
}
