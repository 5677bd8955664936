package io.flinkmistral.model.attention;

import io.flinkmistral.cache.KvPanels;
import io.flinkmistral.cache.PageProducts;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.kernel.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link SpanAttention} by kernels that take panels of floats, or pages in place.
 *
 * <p>Scores are products of panels of keys and some queries, each a chain along the dimensions;
 * sums are products of panels of values and the queries' exponentials, each a chain along the
 * positions. A position that a query does not see adds zero, which changes no bit.
 *
 * <p>A panel is used by all queries before the next one is read, so that it stays in the core's
 * first cache. Where there are few queries, {@link PageProducts} spares them panels.
 *
 * <p>Owned by one thread.
 */
final class PanelSpans implements SpanAttention {
  private static final int ROWS = Kernels.PANEL;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final KvLayout layout;
  private final Kernels kernels;
  private final int headDim;
  private final HeadGroups heads;
  private final int span;
  private final KvPanels panels;
  private final PageProducts pages;
  private final float[] scores;

  /** Of each batch of queries: (headDim, queries), the bits of floats. */
  private final int[] queries;

  /** Of each batch of queries: (span / 64, queries, 64) scores. */
  private final MemorySegment products;

  /** Of each batch of queries: (span, queries) exponentials, the bits of floats. */
  private final int[] exponentials;

  /** Of each batch of queries: (headDim / 64, queries, 64) sums. */
  private final MemorySegment sums;

  private final List<Batch> batches = new ArrayList<>();

  /**
   * Queries of the tile that a kernel takes at once.
   *
   * @param first the first of them
   * @param count how many
   */
  private record Batch(int first, int count) {
    int last() {
      return first + count - 1;
    }

    /** The floats of these queries, if each query has {@code width} of them. */
    MemorySegment of(MemorySegment memory, int width) {
      return memory.asSlice((long) Float.BYTES * first * width, (long) Float.BYTES * count * width);
    }
  }

  /** Positions. */
  private record Range(int from, int end) {
    Range and(Range other) {
      return new Range(Math.max(from, other.from), Math.min(end, other.end));
    }

    boolean isEmpty() {
      return from >= end;
    }

    int count() {
      return end - from;
    }

    /** The parts of it that are in one panel each. */
    List<Range> panels() {
      List<Range> parts = new ArrayList<>();
      for (int panel = from / ROWS * ROWS; panel < end; panel += ROWS) {
        parts.add(and(new Range(panel, panel + ROWS)));
      }
      return parts;
    }
  }

  /**
   * @param queries most of a tile
   * @param span most positions, a multiple of 64
   */
  PanelSpans(KvLayout layout, Kernels kernels, HeadGroups heads, int queries, int span) {
    this.layout = layout;
    this.kernels = kernels;
    this.headDim = layout.headDim();
    this.heads = heads;
    this.span = span;
    this.panels = new KvPanels(layout, kernels);
    this.pages = new PageProducts(layout, kernels);
    this.scores = new float[span];
    this.queries = new int[queries * headDim];
    this.products = floats(queries * span);
    this.exponentials = new int[queries * span];
    this.sums = floats(queries * sumWidth());
  }

  private static MemorySegment floats(int count) {
    return Arena.ofAuto().allocate((long) count * Float.BYTES, 64);
  }

  private int sumWidth() {
    return panels.dimPanels() * ROWS;
  }

  @Override
  public void takeQueries(QueryTile tile, float[] query) {
    int count = heads.queries(tile);
    batches.clear();
    for (int first = 0; first < count; ) {
      Batch batch = new Batch(first, kernels.panelInputs(count - first));
      for (int q = 0; q < batch.count; q++) {
        takeQuery(query, heads.offset(tile, first + q), first * headDim + q, batch.count);
      }
      batches.add(batch);
      first += batch.count;
    }
  }

  private void takeQuery(float[] query, int from, int to, int stride) {
    for (int i = 0; i < headDim; i++) {
      queries[to + i * stride] = Float.floatToRawIntBits(query[from + i]);
    }
  }

  @Override
  public void attend(QueryTile tile, int layer, int begin, SpanSums out) {
    Range inSpan = new Range(begin, begin + span);
    List<Range> seen = new Range(tile.firstVisible(), tile.end()).and(inSpan).panels();
    batches.forEach(batch -> batch.of(products, span).fill((byte) 0));
    seen.forEach(positions -> addKeys(tile, layer, begin, positions));
    for (Batch batch : batches) {
      for (int q = 0; q < batch.count; q++) {
        exponentials(tile, begin, batch, q, out);
      }
    }
    batches.forEach(batch -> batch.of(sums, sumWidth()).fill((byte) 0));
    seen.forEach(positions -> addValues(tile, layer, begin, positions));
    batches.forEach(batch -> writeSums(batch, out));
  }

  /** What a query sees of all positions. */
  private Range seenBy(QueryTile tile, int query) {
    return new Range(heads.firstVisible(tile, query), heads.position(tile, query) + 1);
  }

  /** What any of some queries sees. */
  private Range seenBy(QueryTile tile, Batch batch) {
    return new Range(seenBy(tile, batch.first).from, seenBy(tile, batch.last()).end);
  }

  /** Whether the tile's queries are so few that they read pages as they are. */
  private boolean readsPages() {
    return batches.size() == 1 && PageProducts.take(batches.getFirst().count, layout);
  }

  private void addKeys(QueryTile tile, int layer, int begin, Range positions) {
    if (readsPages()) {
      MemorySegment out = products(batches.getFirst(), begin, positions);
      pages.addKeys(
          tile.cache(), layer, tile.kvHead(), positions.from, positions.end, queries, out);
    } else {
      addPanelOfKeys(tile, layer, begin, positions);
    }
  }

  /** Where a batch has its products with the panel of some positions. */
  private MemorySegment products(Batch batch, int begin, Range positions) {
    return batch.of(products, span).asSlice(panelBytes(batch, (positions.from - begin) / ROWS));
  }

  private void addPanelOfKeys(QueryTile tile, int layer, int begin, Range positions) {
    MemorySegment keys =
        panels.readKeys(tile.cache(), layer, tile.kvHead(), positions.from, positions.end);
    for (Batch batch : batches) {
      if (!positions.and(seenBy(tile, batch)).isEmpty()) {
        kernels.addPanel(
            keys,
            headDim,
            queries,
            batch.first * headDim,
            batch.count,
            products(batch, begin, positions));
      }
    }
  }

  private static long panelBytes(Batch batch, int panel) {
    return (long) Float.BYTES * batch.count * ROWS * panel;
  }

  /** Query {@code q} of a batch. */
  private void exponentials(QueryTile tile, int begin, Batch batch, int q, SpanSums out) {
    Range inSpan = new Range(begin, begin + span);
    Range needed = seenBy(tile, batch).and(inSpan);
    Range seen = seenBy(tile, batch.first + q).and(inSpan);
    int target = batch.first * span + q;
    for (int position = needed.from; position < needed.end; position++) {
      if (position < seen.from || position >= seen.end) {
        exponentials[target + (position - begin) * batch.count] = 0;
      }
    }
    if (seen.isEmpty()) {
      out.set(batch.first + q, Float.NEGATIVE_INFINITY, 0);
      return;
    }
    int from = seen.from - begin;
    int end = seen.end - begin;
    for (int panel = from / ROWS; panel * ROWS < end; panel++) {
      long source = panelBytes(batch, panel) + (long) Float.BYTES * q * ROWS;
      MemorySegment.copy(batch.of(products, span), FLOAT, source, scores, panel * ROWS, ROWS);
    }
    kernels.scale(heads.scale(), scores, from, seen.count());
    float max = kernels.max(scores, from, seen.count());
    // A span begins at a multiple of the lanes, so that a position's lane is its place's.
    float weight = kernels.expSum(scores, from, seen.count(), max, from % 16);
    out.set(batch.first + q, max, weight);
    for (int i = from; i < end; i++) {
      exponentials[target + i * batch.count] = Float.floatToRawIntBits(scores[i]);
    }
  }

  private void addValues(QueryTile tile, int layer, int begin, Range positions) {
    if (readsPages()) {
      Batch batch = batches.getFirst();
      pages.addValues(
          tile.cache(),
          layer,
          tile.kvHead(),
          positions.from,
          positions.end,
          exponentials,
          (positions.from - begin) * batch.count,
          batch.of(sums, sumWidth()));
    } else {
      addPanelsOfValues(tile, layer, begin, positions);
    }
  }

  private void addPanelsOfValues(QueryTile tile, int layer, int begin, Range positions) {
    panels.readValues(tile.cache(), layer, tile.kvHead(), positions.from, positions.end);
    for (Batch batch : batches) {
      Range seen = positions.and(seenBy(tile, batch));
      if (!seen.isEmpty()) {
        int first = batch.first * span + (seen.from - begin) * batch.count;
        for (int panel = 0; panel < panels.dimPanels(); panel++) {
          kernels.addPanel(
              panels.values(panel, seen.from, seen.count()),
              seen.count(),
              exponentials,
              first,
              batch.count,
              batch.of(sums, sumWidth()).asSlice(panelBytes(batch, panel)));
        }
      }
    }
  }

  private void writeSums(Batch batch, SpanSums out) {
    MemorySegment source = batch.of(sums, sumWidth());
    for (int panel = 0; panel < panels.dimPanels(); panel++) {
      int dim = panel * ROWS;
      for (int q = 0; q < batch.count; q++) {
        MemorySegment.copy(
            source,
            FLOAT,
            panelBytes(batch, panel) + (long) Float.BYTES * q * ROWS,
            out.sums(),
            out.offset(batch.first + q) + dim,
            Math.min(ROWS, headDim - dim));
      }
    }
  }
}
