package io.flinkmistral.model.attention;

/**
 * Query heads by the KV head that they read. A tile's queries are those of its first token's group,
 * then of the next one's.
 *
 * @param group query heads of a KV head
 */
record HeadGroups(int kvHeads, int group, int headDim) {
  /** Where a query, or what it reads, is among those of all tiles. */
  int offset(QueryTile tile, int query) {
    return (tile.row() + query / group) * kvHeads * group * headDim
        + (tile.kvHead() * group + query % group) * headDim;
  }

  /** What scores are multiplied with. */
  float scale() {
    return (float) (1 / StrictMath.sqrt(headDim));
  }

  /** The position of a query's token. */
  int position(QueryTile tile, int query) {
    return tile.position() + query / group;
  }

  /** The first position that a query sees. */
  int firstVisible(QueryTile tile, int query) {
    return tile.cache().firstVisible(position(tile, query));
  }

  /** Of all tokens. */
  int queries(QueryTile tile) {
    return tile.tokens() * group;
  }
}
