package io.flinkmistral.model;

import io.flinkmistral.cache.KvLayout;
import io.flinkmistral.kernel.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A tile of queries over one span of positions.
 *
 * <p>Scores are products of panels of keys and a few queries, each a chain along the dimensions;
 * sums are products of panels of values and the queries' exponentials, each a chain along the
 * positions. A position that a query does not see adds zero, which changes no bit.
 *
 * <p>Owned by one thread.
 */
final class SpanAttention {
  private static final int ROWS = Kernels.PANEL;
  private static final int MOST = 4;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final Kernels kernels;
  private final int headDim;
  private final int group;
  private final int queryWidth;
  private final int span;
  private final float scale;
  private final KvPanels panels;
  private final float[] scores;

  /** (headDim, queries at once) of each of the tile's groups of queries. */
  private final MemorySegment queries;

  /** (positions / 64, queries at once, 64) scores, or (headDim / 64, queries at once, 64) sums. */
  private final MemorySegment products;

  /** (positions, queries at once) exponentials. */
  private final MemorySegment exponentials;

  /**
   * @param group query heads of a KV head
   * @param queries most of a tile
   * @param span most positions
   */
  SpanAttention(KvLayout layout, Kernels kernels, int group, int queries, int span) {
    this.kernels = kernels;
    this.headDim = layout.headDim();
    this.group = group;
    this.queryWidth = layout.kvHeads() * group * headDim;
    this.span = span;
    this.scale = (float) (1 / StrictMath.sqrt(headDim));
    this.panels = new KvPanels(layout, kernels, span);
    this.scores = new float[span];
    this.queries = floats((long) queries * headDim);
    this.products = floats((long) MOST * ROWS * Math.max(span / ROWS, panels.dimPanels()));
    this.exponentials = floats((long) MOST * span);
  }

  private static MemorySegment floats(long count) {
    return Arena.ofAuto().allocate(count * Float.BYTES, 64);
  }

  private static int queriesAtOnce(int queries) {
    return queries >= MOST ? MOST : queries >= 2 ? 2 : 1;
  }

  /**
   * Takes a tile's queries.
   *
   * @param query (tokens, heads * headDim) of the batch
   */
  void takeQueries(QueryTile tile, float[] query) {
    int count = tile.tokens() * group;
    for (int first = 0; first < count; ) {
      int atOnce = queriesAtOnce(count - first);
      for (int q = 0; q < atOnce; q++) {
        int from = offset(tile, first + q);
        for (int i = 0; i < headDim; i++) {
          queries.setAtIndex(
              FLOAT, (long) first * headDim + (long) i * atOnce + q, query[from + i]);
        }
      }
      first += atOnce;
    }
  }

  /** Where a query, or what it reads, is in the batch. */
  int offset(QueryTile tile, int query) {
    return (tile.row() + query / group) * queryWidth
        + (tile.kvHead() * group + query % group) * headDim;
  }

  /**
   * Writes what the tile's queries read in the span that begins at {@code begin}, a multiple of its
   * length.
   */
  void attend(QueryTile tile, int layer, int begin, SpanSums out) {
    int from = Math.max(begin, tile.firstVisible());
    int end = Math.min(begin + span, tile.end());
    panels.read(tile.cache(), layer, tile.kvHead(), from, end);
    int count = tile.tokens() * group;
    for (int first = 0; first < count; ) {
      int atOnce = queriesAtOnce(count - first);
      attend(tile, begin, first, atOnce, out);
      first += atOnce;
    }
  }

  private void attend(QueryTile tile, int begin, int first, int atOnce, SpanSums out) {
    int from = Integer.MAX_VALUE;
    int end = 0;
    for (int q = first; q < first + atOnce; q++) {
      int position = tile.position() + q / group;
      from = Math.min(from, Math.max(begin, tile.cache().firstVisible(position)) - begin);
      end = Math.max(end, Math.min(begin + span, position + 1) - begin);
    }
    if (from >= end) {
      for (int q = first; q < first + atOnce; q++) {
        out.set(q, Float.NEGATIVE_INFINITY, 0);
      }
      return;
    }
    int firstPanel = from / ROWS;
    int endPanel = Math.ceilDiv(end, ROWS);
    MemorySegment in =
        queries.asSlice(4L * first * headDim, 4L * atOnce * headDim);
    products.asSlice(0, bytes(endPanel, atOnce)).fill((byte) 0);
    for (int panel = firstPanel; panel < endPanel; panel++) {
      kernels.addPanel(
          panels.keys(panel), headDim, in, atOnce, products.asSlice(bytes(panel, atOnce)));
    }
    for (int q = 0; q < atOnce; q++) {
      exponentials(tile, begin, first + q, q, atOnce, from, end, out);
    }
    addValues(first, atOnce, from, end, out);
  }

  private static long bytes(int panels, int queries) {
    return 4L * panels * queries * ROWS;
  }

  /** Query {@code q} of {@code atOnce}. */
  private void exponentials(
      QueryTile tile, int begin, int query, int q, int atOnce, int from, int end, SpanSums out) {
    int position = tile.position() + query / group;
    int seenFrom = Math.max(begin, tile.cache().firstVisible(position)) - begin;
    int seenEnd = Math.min(begin + span, position + 1) - begin;
    int seen = seenEnd - seenFrom;
    for (int panel = from / ROWS; panel * ROWS < end; panel++) {
      long source = bytes(panel, atOnce) + 4L * q * ROWS;
      MemorySegment.copy(products, FLOAT, source, scores, panel * ROWS, ROWS);
    }
    for (int i = from; i < end; i++) {
      if (i < seenFrom || i >= seenEnd) {
        exponentials.setAtIndex(FLOAT, (long) (i - from) * atOnce + q, 0);
      }
    }
    if (seen <= 0) {
      out.set(query, Float.NEGATIVE_INFINITY, 0);
      return;
    }
    kernels.scale(scale, scores, seenFrom, seen);
    float max = kernels.max(scores, seenFrom, seen);
    // A span begins at a multiple of the lanes, so that a position's lane is its place's.
    float weight = kernels.expSum(scores, seenFrom, seen, max, seenFrom % 16);
    out.set(query, max, weight);
    for (int i = seenFrom; i < seenEnd; i++) {
      exponentials.setAtIndex(FLOAT, (long) (i - from) * atOnce + q, scores[i]);
    }
  }

  private void addValues(int first, int atOnce, int from, int end, SpanSums out) {
    int count = end - from;
    products.asSlice(0, bytes(panels.dimPanels(), atOnce)).fill((byte) 0);
    for (int panel = 0; panel < panels.dimPanels(); panel++) {
      MemorySegment sums = products.asSlice(bytes(panel, atOnce));
      kernels.addPanel(panels.values(panel, from, count), count, exponentials, atOnce, sums);
      int dim = panel * ROWS;
      int dims = Math.min(ROWS, headDim - dim);
      for (int q = 0; q < atOnce; q++) {
        MemorySegment.copy(
            sums, FLOAT, 4L * q * ROWS, out.sums(), out.offset(first + q) + dim, dims);
      }
    }
  }
}
