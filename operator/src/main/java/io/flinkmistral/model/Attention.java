package io.flinkmistral.model;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.KvLayout;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.WorkPool;
import io.flinkmistral.weights.TransformerConfig;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Grouped-query attention over paged keys and values (Ainslie et al., arXiv 2305.13245; sliding
 * window as in Jiang et al., arXiv 2310.06825, section 2).
 *
 * <p>For one query head, with the softmax taken in spans of {@link #SPAN} absolute positions:
 *
 * <pre>
 *   of a span:  m = max s_j,  l = sum exp(s_j - m),  a = sum exp(s_j - m) v_j     (s_j = q.k_j / sqrt(headDim))
 *   of two:     m = max(m1, m2),  l = l1 exp(m1 - m) + l2 exp(m2 - m),  a alike
 *   output:     a / l
 * </pre>
 *
 * <p>Spans are bounded by absolute positions and merged from the first to the last, and a sum's
 * lane is its position modulo 16: who computes which span, and what else is in the batch, changes
 * no bit. A key or value head is read once for all query heads of its group and all queries of a
 * tile.
 */
final class Attention {
  /** Positions of a span; its keys and values, as floats, fit into a core's second-level cache. */
  static final int SPAN = 256;

  private static final int TILE = 16;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final Kernels kernels;
  private final KvLayout layout;
  private final int headDim;
  private final int group;
  private final int queryWidth;
  private final float scale;
  private final ThreadLocal<Workspace> workspaces;

  Attention(TransformerConfig config, KvLayout layout, Kernels kernels) {
    this.kernels = kernels;
    this.layout = layout;
    this.headDim = config.headDim();
    this.group = config.heads() / config.kvHeads();
    this.queryWidth = config.heads() * headDim;
    this.scale = (float) (1 / StrictMath.sqrt(headDim));
    this.workspaces = ThreadLocal.withInitial(() -> new Workspace(headDim, TILE * group));
  }

  /** Rounds keys and values to the cache's format and writes them at its end. */
  void store(KvCache cache, int layer, int position, float[] key, float[] value, int offset) {
    int pageTokens = layout.pageTokens();
    MemorySegment page = cache.page(position / pageTokens);
    int token = position % pageTokens;
    for (int head = 0; head < layout.kvHeads(); head++) {
      int from = offset + head * headDim;
      write(key, from, page, layout.keyOffset(layer, head, token));
      write(value, from, page, layout.valueOffset(layer, head, token));
    }
  }

  /**
   * Lets {@code tokens} queries from {@code position} on read a sequence's cache.
   *
   * @param query (tokens, heads * headDim), after rotation, from row {@code row} on
   * @param out alike
   */
  void attend(
      KvCache cache,
      int layer,
      int position,
      int tokens,
      float[] query,
      float[] out,
      int row,
      WorkPool pool) {
    int tiles = (tokens + TILE - 1) / TILE;
    pool.run(
        layout.kvHeads() * tiles,
        task -> {
          int kvHead = task / tiles;
          int tileStart = task % tiles * TILE;
          int tileTokens = Math.min(TILE, tokens - tileStart);
          Workspace workspace = workspaces.get();
          workspace.clear();
          attendTile(
              workspace,
              cache,
              layer,
              kvHead,
              position + tileStart,
              tileTokens,
              query,
              out,
              row + tileStart);
        });
  }

  private void attendTile(
      Workspace workspace,
      KvCache cache,
      int layer,
      int kvHead,
      int position,
      int tokens,
      float[] query,
      float[] out,
      int row) {
    int last = position + tokens - 1;
    int from = cache.firstVisible(position);
    while (from <= last) {
      int end = Math.min(last + 1, (from / SPAN + 1) * SPAN);
      readSpan(workspace, cache, layer, kvHead, from, end);
      for (int t = 0; t < tokens; t++) {
        int begin = Math.max(from, cache.firstVisible(position + t));
        int count = Math.min(end, position + t + 1) - begin;
        if (count > 0) {
          for (int g = 0; g < group; g++) {
            int queryOffset = (row + t) * queryWidth + (kvHead * group + g) * headDim;
            attendSpan(
                workspace, t * group + g, query, queryOffset, begin - from, count, begin % 16);
          }
        }
      }
      from = end;
    }
    for (int t = 0; t < tokens; t++) {
      for (int g = 0; g < group; g++) {
        int index = t * group + g;
        int target = (row + t) * queryWidth + (kvHead * group + g) * headDim;
        System.arraycopy(workspace.sums, index * headDim, out, target, headDim);
        kernels.scale(1 / workspace.weights[index], out, target, headDim);
      }
    }
  }

  /** Converts the keys and values of the positions {@code from .. end - 1}, within one span. */
  private void readSpan(
      Workspace workspace, KvCache cache, int layer, int kvHead, int from, int end) {
    int pageTokens = layout.pageTokens();
    int position = from;
    while (position < end) {
      int token = position % pageTokens;
      int count = Math.min(end - position, pageTokens - token);
      MemorySegment page = cache.page(position / pageTokens);
      int to = (position - from) * headDim;
      int numbers = count * headDim;
      read(page, layout.keyOffset(layer, kvHead, token), workspace.keys, to, numbers);
      read(page, layout.valueOffset(layer, kvHead, token), workspace.values, to, numbers);
      position += count;
    }
  }

  /** One query head's softmax over one span, merged into what the earlier spans gave. */
  private void attendSpan(
      Workspace workspace,
      int index,
      float[] query,
      int queryOffset,
      int first,
      int count,
      int firstLane) {
    float[] scores = workspace.scores;
    for (int i = 0; i < count; i++) {
      int key = (first + i) * headDim;
      scores[i] = kernels.dot(query, queryOffset, workspace.keys, key, headDim) * scale;
    }
    float max = kernels.max(scores, 0, count);
    float weight = kernels.expSum(scores, 0, count, max, firstLane);
    float[] span = workspace.span;
    Arrays.fill(span, 0);
    for (int i = 0; i < count; i++) {
      kernels.addScaled(scores[i], workspace.values, (first + i) * headDim, span, 0, headDim);
    }
    merge(workspace, index, max, weight);
  }

  private void merge(Workspace workspace, int index, float max, float weight) {
    int sum = index * headDim;
    float earlierMax = workspace.maxima[index];
    float newMax = Math.max(earlierMax, max);
    float earlierFactor = earlierMax == Float.NEGATIVE_INFINITY ? 0 : exp(earlierMax - newMax);
    float factor = exp(max - newMax);
    kernels.scale(earlierFactor, workspace.sums, sum, headDim);
    kernels.addScaled(factor, workspace.span, 0, workspace.sums, sum, headDim);
    workspace.weights[index] = Math.fma(factor, weight, workspace.weights[index] * earlierFactor);
    workspace.maxima[index] = newMax;
  }

  private float exp(float x) {
    return kernels.expSum(new float[] {x}, 0, 1, 0, 0);
  }

  private void write(float[] in, int offset, MemorySegment page, int byteOffset) {
    switch (layout.type()) {
      case F16 -> kernels.toHalf(in, offset, page, byteOffset, headDim);
      case F32 -> MemorySegment.copy(in, offset, page, FLOAT, byteOffset, headDim);
    }
  }

  private void read(MemorySegment page, int byteOffset, float[] out, int offset, int count) {
    switch (layout.type()) {
      case F16 -> kernels.fromHalf(page, byteOffset, out, offset, count);
      case F32 -> MemorySegment.copy(page, FLOAT, byteOffset, out, offset, count);
    }
  }

  /** What one thread needs for one tile. */
  private static final class Workspace {
    final float[] keys;
    final float[] values;
    final float[] scores = new float[SPAN];
    final float[] span;
    final float[] sums;
    final float[] maxima;
    final float[] weights;

    Workspace(int headDim, int queries) {
      keys = new float[SPAN * headDim];
      values = new float[SPAN * headDim];
      span = new float[headDim];
      sums = new float[queries * headDim];
      maxima = new float[queries];
      weights = new float[queries];
    }

    void clear() {
      Arrays.fill(sums, 0);
      Arrays.fill(maxima, Float.NEGATIVE_INFINITY);
      Arrays.fill(weights, 0);
    }
  }
}
