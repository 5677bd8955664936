package io.flinkmistral.model.attention;

/**
 * Attention of a tile of queries over one span of positions: {@link PanelSpans} of Java's kernels,
 * {@link MachineSpans} of machine code, with the same bits.
 *
 * <p>Owned by one thread.
 */
interface SpanAttention {
  /**
   * Takes a tile's queries.
   *
   * @param query (tokens, heads * headDim) of all tiles
   */
  void takeQueries(QueryTile tile, float[] query);

  /**
   * Writes what the tile's queries read in the span that begins at {@code begin}, a multiple of its
   * length.
   */
  void attend(QueryTile tile, int layer, int begin, SpanSums out);
}
