package io.flinkmistral.cache;

import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.kernel.machine.attention.AttentionShape;
import io.flinkmistral.kernel.machine.attention.AttentionShape.Numbers;
import io.flinkmistral.kernel.machine.attention.Piece;
import io.flinkmistral.kernel.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Tables of where one head's keys and values are in pages, as machine code reads them: pieces of up
 * to 16 positions, whose first one is a multiple of 16 but for the values of the first piece.
 *
 * <p>Owned by one thread.
 */
public final class KvPieces {
  private static final int POSITIONS = AttentionShape.POSITIONS;

  private final KvLayout layout;
  private final MemorySegment keys;
  private final MemorySegment values;
  private int count;

  /**
   * @param span most positions, as {@link #shape} has it
   */
  public KvPieces(KvLayout layout, int span) {
    this.layout = layout;
    long bytes = (span / POSITIONS + 1L) * Piece.BYTES;
    this.keys = NativeMemory.allocateFew(bytes);
    this.values = NativeMemory.allocateFew(bytes);
  }

  /** What machine code is to be made for, if it can read such pages. */
  public static Optional<AttentionShape> shape(KvLayout layout, int span) {
    Optional<Numbers> numbers =
        switch (layout.type()) {
          case F32 -> Optional.empty();
          case F16 -> Optional.of(Numbers.HALVES);
          case Q8_0 -> Optional.of(Numbers.SCALED_BYTES);
        };
    return numbers
        .filter(n -> AttentionShape.fits(n, layout.headDim(), layout.pageTokens()))
        .map(n -> new AttentionShape(n, layout.headDim(), layout.pageTokens(), span));
  }

  /** Looks up the positions {@code from .. end - 1}, which are in one span. */
  public void find(KvCache cache, int layer, int kvHead, int from, int end) {
    count = 0;
    int ofKeys = layout.keys(layer, kvHead);
    int ofValues = layout.values(layer, kvHead);
    cache.read(
        from,
        end,
        (page, token, position, tokens) -> {
          for (int first = token; first < token + tokens; ) {
            int next = Math.min(first / POSITIONS * POSITIONS + POSITIONS, token + tokens);
            add(page, ofKeys, ofValues, first, next - first);
            first = next;
          }
        });
    // What is fetched ahead of values: something that is there.
    values(cache, from, ofValues).write(keys, count);
    values(cache, from, ofValues).write(values, count);
  }

  private Piece values(KvCache cache, int position, int head) {
    int token = position % layout.pageTokens();
    return values(cache.page(position / layout.pageTokens()), head, token, 1);
  }

  private void add(MemorySegment page, int ofKeys, int ofValues, int token, int positions) {
    keys(page, ofKeys, token / POSITIONS * POSITIONS, positions).write(keys, count);
    values(page, ofValues, token, positions).write(values, count);
    count++;
  }

  private Piece keys(MemorySegment page, int head, int token, int positions) {
    // Kernels look at no bounds: a head is looked at here as a whole.
    MemorySegment numbers = page.asSlice(head, layout.headBytes());
    long start = numbers.address();
    return new Piece(
        start + (long) layout.type().bytes() * token,
        start + layout.scales() + (long) Short.BYTES * token,
        positions);
  }

  private Piece values(MemorySegment page, int head, int token, int positions) {
    MemorySegment numbers = page.asSlice(head, layout.headBytes());
    long start = numbers.address();
    int headDim = layout.headDim();
    return new Piece(
        start + (long) layout.type().bytes() * token * headDim,
        start + layout.scales() + (long) Short.BYTES * token * layout.type().scales(headDim),
        positions);
  }

  /** How many there are, of keys and of values. */
  public int count() {
    return count;
  }

  /** A table of {@link #count} pieces, and one behind them. */
  public MemorySegment keys() {
    return keys;
  }

  /** Alike. */
  public MemorySegment values() {
    return values;
  }
}
