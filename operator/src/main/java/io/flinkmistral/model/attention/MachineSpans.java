package io.flinkmistral.model.attention;

import io.flinkmistral.cache.KvPieces;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.kernel.machine.attention.AttentionKernels;
import io.flinkmistral.kernel.machine.attention.AttentionShape;
import io.flinkmistral.kernel.machine.attention.Softmax;
import io.flinkmistral.kernel.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;

/**
 * {@link SpanAttention} by machine code, which reads keys and values where they lie in pages.
 *
 * <p>A position that a query does not see, but another of the tile, adds zero, which changes no
 * bit.
 */
final class MachineSpans implements SpanAttention {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
  private static final int LANES = AttentionShape.POSITIONS;

  private final HeadGroups heads;
  private final AttentionKernels kernels;
  private final int span;
  private final KvPieces pieces;

  /** (queries, headDim). */
  private final MemorySegment queries;

  /** (queries, span); then exponentials. */
  private final MemorySegment scores;

  /** (queries, headDim). */
  private final MemorySegment sums;

  private final MemorySegment result = NativeMemory.allocateFew(AttentionKernels.RESULT_BYTES);

  /**
   * @param most queries of a tile
   */
  MachineSpans(KvLayout layout, AttentionKernels kernels, HeadGroups heads, int most) {
    this.heads = heads;
    this.kernels = kernels;
    this.span = kernels.shape().span();
    this.pieces = new KvPieces(layout, span);
    this.queries = floats(most * heads.headDim());
    this.scores = floats(most * span);
    this.sums = floats(most * heads.headDim());
  }

  private static MemorySegment floats(int count) {
    return NativeMemory.allocateFew((long) Float.BYTES * count);
  }

  /** From number {@code first} on. */
  private static MemorySegment from(MemorySegment floats, int first) {
    return floats.asSlice((long) Float.BYTES * first);
  }

  @Override
  public void takeQueries(QueryTile tile, float[] query) {
    for (int q = 0; q < heads.queries(tile); q++) {
      MemorySegment to = from(queries, q * heads.headDim());
      MemorySegment.copy(query, heads.offset(tile, q), to, FLOAT, 0, heads.headDim());
    }
  }

  @Override
  public void attend(QueryTile tile, int layer, int begin, SpanSums out) {
    int from = Math.max(tile.firstVisible(), begin);
    int end = Math.min(tile.end(), begin + span);
    pieces.find(tile.cache(), layer, tile.kvHead(), from, end);
    int all = heads.queries(tile);
    int first = (from - begin) / LANES * LANES;
    for (int q = 0; q < all; ) {
      int n = kernels.queriesAtOnce(all - q);
      MemorySegment in = from(queries, q * heads.headDim());
      MemorySegment to = from(scores, q * span + first);
      kernels.scores(pieces.keys(), pieces.count(), in, n, heads.scale(), to);
      q += n;
    }
    for (int q = 0; q < all; q++) {
      Softmax softmax = softmax(tile, q, begin, from - begin, end - begin);
      out.set(q, softmax.maximum(), softmax.weight());
    }
    MemorySegment used = sums.asSlice(0, (long) Float.BYTES * all * heads.headDim());
    used.fill((byte) 0);
    for (int q = 0; q < all; ) {
      int n = kernels.queriesAtOnce(all - q);
      MemorySegment exponentials = from(scores, q * span + from - begin);
      MemorySegment to = from(sums, q * heads.headDim());
      kernels.addValues(pieces.values(), pieces.count(), end - from, exponentials, n, to);
      q += n;
    }
    Reference.reachabilityFence(tile);
    MemorySegment.copy(used, FLOAT, 0, out.sums(), 0, all * heads.headDim());
  }

  /**
   * Makes a query's scores exponentials.
   *
   * @param from the first place that any query of the tile sees
   * @param end behind the last
   */
  private Softmax softmax(QueryTile tile, int query, int begin, int from, int end) {
    int seenFrom = Math.max(heads.firstVisible(tile, query) - begin, from);
    int seenEnd = Math.min(heads.position(tile, query) + 1 - begin, end);
    if (seenFrom >= seenEnd) {
      fill(query, from, end, 0);
      return new Softmax(Float.NEGATIVE_INFINITY, 0);
    }
    // Whole vectors: of what is not seen in these, exponentials are zero as well.
    int first = seenFrom / LANES * LANES;
    int last = Math.ceilDiv(seenEnd, LANES) * LANES;
    fill(query, from, first, 0);
    fill(query, first, seenFrom, Float.NEGATIVE_INFINITY);
    fill(query, seenEnd, last, Float.NEGATIVE_INFINITY);
    fill(query, last, end, 0);
    return kernels.softmax(from(scores, query * span + first), last - first, result);
  }

  private void fill(int query, int from, int end, float value) {
    for (int i = from; i < end; i++) {
      scores.setAtIndex(FLOAT, (long) query * span + i, value);
    }
  }
}
