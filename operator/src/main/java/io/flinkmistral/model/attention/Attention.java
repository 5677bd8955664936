package io.flinkmistral.model.attention;

import io.flinkmistral.cache.KvPieces;
import io.flinkmistral.cache.PageProducts;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.bytecode.CacheReading;
import io.flinkmistral.kernel.machine.attention.AttentionKernels;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.model.pass.TokenRows;
import io.flinkmistral.weights.TransformerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * Grouped-query attention over paged keys and values (Ainslie et al., arXiv 2305.13245; sliding
 * window as in Jiang et al., arXiv 2310.06825, section 2).
 *
 * <p>The softmax is taken in spans of {@link #SPAN} absolute positions, which {@link SpanSums}
 * merges from the first to the last; within a span, sums have the order that {@link PanelSpans}
 * says. So who computes which span, and what else is in the batch, changes no bit. A key or value
 * head is read once for all query heads of its group and all queries of a tile.
 *
 * <p>Where there are few heads and sequences for the threads, the spans of a tile are shared out,
 * too, and merged afterwards: one long conversation uses all cores.
 */
public final class Attention {
  /** Positions of a span: the scores of a tile's queries fit into a core's second cache. */
  static final int SPAN = 256;

  /** Tokens of a tile. */
  private static final int TILE = 16;

  /**
   * So many tokens of a sequence are a tile each, if they can read pages in place: what more of
   * them take is compiled later.
   */
  public static final int ONE_BY_ONE = 4;

  /** Tasks for each thread from which on they are not divided further. */
  private static final int ENOUGH = 4;

  private final Kernels kernels;
  private final KvLayout layout;
  private final HeadGroups heads;
  private final boolean readsInPlace;
  private final Optional<AttentionKernels> machineCode;
  private final Queue<Worker> workers = new ConcurrentLinkedQueue<>();
  private final List<SpanSums> partials = new ArrayList<>();

  public Attention(TransformerConfig config, KvLayout layout, Kernels kernels) {
    this.kernels = kernels;
    this.layout = layout;
    this.heads = heads(config);
    this.readsInPlace = reading(config, layout, kernels).inPlace().isPresent();
    this.machineCode = machineCode(layout, kernels);
  }

  private static HeadGroups heads(TransformerConfig config) {
    int group = config.heads() / config.kvHeads();
    return new HeadGroups(config.kvHeads(), group, config.headDim());
  }

  private static Optional<AttentionKernels> machineCode(KvLayout layout, Kernels kernels) {
    return KvPieces.shape(layout, SPAN).flatMap(kernels::attention);
  }

  /** How cached keys and values are read; in place by up to {@link #ONE_BY_ONE} tokens. */
  public static CacheReading reading(TransformerConfig config, KvLayout layout, Kernels kernels) {
    if (machineCode(layout, kernels).isPresent()) {
      return new CacheReading.ByMachineCode();
    }
    return PageProducts.take(heads(config).group(), layout)
        ? new CacheReading.InPlace(layout.type().dataType())
        : new CacheReading.ByPanels();
  }

  /** The tiles of some tokens' queries, the same for each layer. */
  public List<QueryTile> tiles(TokenRows rows) {
    List<QueryTile> tiles = new ArrayList<>();
    for (TokenRows.Run run : rows.runs()) {
      int most = readsInPlace && run.count() <= ONE_BY_ONE ? 1 : TILE;
      for (int head = 0; head < layout.kvHeads(); head++) {
        for (int first = 0; first < run.count(); first += most) {
          int tokens = Math.min(most, run.count() - first);
          tiles.add(
              new QueryTile(run.cache(), head, run.position() + first, tokens, run.row() + first));
        }
      }
    }
    return tiles;
  }

  /**
   * Lets queries read their sequences' caches.
   *
   * @param query (tokens, heads * headDim) of the tiles' tokens, after rotation
   * @param out alike
   */
  public void attend(List<QueryTile> tiles, int layer, float[] query, float[] out, WorkPool pool) {
    if (pool.threads() > 1 && tiles.size() < ENOUGH * pool.threads()) {
      attendBySpans(tiles, layer, query, out, pool);
    } else {
      pool.run(
          tiles.size(), i -> withWorker(worker -> worker.attend(tiles.get(i), layer, query, out)));
    }
  }

  /** One span of a tile. */
  private record Part(QueryTile tile, int begin) {}

  private void attendBySpans(
      List<QueryTile> tiles, int layer, float[] query, float[] out, WorkPool pool) {
    List<Part> parts = new ArrayList<>();
    int[] firstParts = new int[tiles.size() + 1];
    for (int i = 0; i < tiles.size(); i++) {
      QueryTile tile = tiles.get(i);
      for (int at = firstSpan(tile); at < tile.end(); at += SPAN) {
        parts.add(new Part(tile, at));
      }
      firstParts[i + 1] = parts.size();
    }
    while (partials.size() < parts.size()) {
      partials.add(new SpanSums(TILE * heads.group(), layout.headDim()));
    }
    pool.run(
        parts.size(),
        i ->
            withWorker(
                worker -> {
                  Part part = parts.get(i);
                  worker.spans.takeQueries(part.tile, query);
                  worker.spans.attend(part.tile, layer, part.begin, partials.get(i));
                }));
    pool.run(
        tiles.size(),
        i ->
            withWorker(
                worker ->
                    worker.merge(
                        tiles.get(i), partials.subList(firstParts[i], firstParts[i + 1]), out)));
  }

  private static int firstSpan(QueryTile tile) {
    return tile.firstVisible() / SPAN * SPAN;
  }

  private void withWorker(Consumer<Worker> work) {
    Worker worker = workers.poll();
    if (worker == null) {
      worker = new Worker();
    }
    work.accept(worker);
    workers.add(worker);
  }

  private SpanAttention spans() {
    int most = TILE * heads.group();
    if (machineCode.isPresent()) {
      return new MachineSpans(layout, machineCode.get(), heads, most);
    }
    return new PanelSpans(layout, kernels, heads, most, SPAN);
  }

  /** What one thread needs. */
  private final class Worker {
    final SpanAttention spans = spans();
    final SpanSums all = new SpanSums(TILE * heads.group(), layout.headDim());
    final SpanSums next = new SpanSums(TILE * heads.group(), layout.headDim());

    void attend(QueryTile tile, int layer, float[] query, float[] out) {
      int queries = heads.queries(tile);
      all.clear(queries);
      spans.takeQueries(tile, query);
      for (int begin = firstSpan(tile); begin < tile.end(); begin += SPAN) {
        spans.attend(tile, layer, begin, next);
        for (int q = 0; q < queries; q++) {
          all.merge(q, next, q, kernels);
        }
      }
      write(tile, out);
    }

    void merge(QueryTile tile, List<SpanSums> parts, float[] out) {
      int queries = heads.queries(tile);
      all.clear(queries);
      for (SpanSums part : parts) {
        for (int q = 0; q < queries; q++) {
          all.merge(q, part, q, kernels);
        }
      }
      write(tile, out);
    }

    private void write(QueryTile tile, float[] out) {
      for (int q = 0; q < heads.queries(tile); q++) {
        all.write(q, out, heads.offset(tile, q), kernels);
      }
    }
  }
}
