package io.flinkmistral.generation;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import java.util.ArrayList;
import java.util.List;

/** Takes given tokens in, keeps all logits behind the last of them, and draws none. */
public final class LogitRows implements Sequence {
  private final KnownTokens known;
  private final int from;
  private final List<float[]> rows = new ArrayList<>();

  /**
   * @param tokens what the cache does not hold, at least one
   * @param from the first of them whose logits are kept
   */
  public LogitRows(KvCache cache, int[] tokens, int from) {
    this.known = new KnownTokens(cache, tokens);
    this.from = from;
    if (from < 0 || from >= tokens.length) {
      throw new IllegalArgumentException(
          "logits may be kept from token 0 to %d on, but not from %d"
              .formatted(tokens.length - 1, from));
    }
  }

  @Override
  public KvCache cache() {
    return known.cache();
  }

  @Override
  public int pendingTokens() {
    return known.pending();
  }

  @Override
  public SequenceInput nextInput(int atMost) {
    int before = from - (known.count() - known.pending());
    return before > 0
        ? new SequenceInput(
            cache(), known.next(Math.min(atMost, before)), SequenceInput.Wanted.NONE)
        : new SequenceInput(cache(), known.next(atMost), SequenceInput.Wanted.ALL);
  }

  @Override
  public List<Drawn> accept(Logits logits, int row, int count) {
    for (int i = 0; i < count; i++) {
      rows.add(logits.row(row + i));
    }
    return List.of();
  }

  @Override
  public boolean hasEnded() {
    return rows.size() == known.count() - from;
  }

  /** Of each token from the first one whose logits are kept; when it has ended. */
  public List<float[]> rows() {
    if (!hasEnded()) {
      throw new IllegalStateException(
          "%d of %d rows are there".formatted(rows.size(), known.count() - from));
    }
    return List.copyOf(rows);
  }
}
