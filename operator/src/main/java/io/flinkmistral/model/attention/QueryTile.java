package io.flinkmistral.model.attention;

import io.flinkmistral.cache.KvCache;

/**
 * The queries of some tokens that read one KV head: of each token, those of the head's group.
 *
 * @param cache of the tokens' sequence
 * @param kvHead the head
 * @param position of the first token
 * @param tokens how many
 * @param row of the first token in the activations
 */
public record QueryTile(KvCache cache, int kvHead, int position, int tokens, int row) {
  /** The first position that any of the queries sees. */
  int firstVisible() {
    return cache.firstVisible(position);
  }

  /** One past the last position that any of them sees. */
  int end() {
    return position + tokens;
  }
}
