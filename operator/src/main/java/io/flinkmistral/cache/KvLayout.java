package io.flinkmistral.cache;

import io.flinkmistral.weights.TransformerConfig;

/**
 * The bytes of a page of keys and values: {@code pageTokens} tokens, all layers, little-endian.
 *
 * <pre>
 *   page      = layer 0 | layer 1 | ... | layer (layers - 1)
 *   layer     = keys | values
 *   keys      = head 0 | ... | head (kvHeads - 1)             (values alike)
 *   head      = token 0 | ... | token (pageTokens - 1)
 *   token     = headDim numbers of the {@link KvType}
 * </pre>
 *
 * A head's tokens lie together, because attention reads one head over many tokens. Token {@code i}
 * of page {@code p} is at the absolute position {@code p * pageTokens + i}.
 *
 * @param layers layers of the model
 * @param kvHeads key and value heads of a layer
 * @param headDim numbers in a head
 * @param pageTokens tokens in a page
 * @param type number format
 */
public record KvLayout(int layers, int kvHeads, int headDim, int pageTokens, KvType type) {
  public KvLayout {
    if (pageTokens < 1) {
      throw new IllegalArgumentException(
          "a page must hold at least 1 token, but is to hold " + pageTokens);
    }
    Math.toIntExact(2L * layers * kvHeads * headDim * pageTokens * type.bytes());
  }

  public static KvLayout of(TransformerConfig config, int pageTokens, KvType type) {
    return new KvLayout(config.layers(), config.kvHeads(), config.headDim(), pageTokens, type);
  }

  /** Bytes of a page. */
  public int pageBytes() {
    return 2 * layers * halfLayerBytes();
  }

  /** Bytes of one head of one token. */
  public int headBytes() {
    return headDim * type.bytes();
  }

  /** Offset in a page of the key of {@code token} (in the page), of one layer and head. */
  public int keyOffset(int layer, int kvHead, int token) {
    return 2 * layer * halfLayerBytes() + (kvHead * pageTokens + token) * headBytes();
  }

  /** Offset in a page of the value of {@code token} (in the page), of one layer and head. */
  public int valueOffset(int layer, int kvHead, int token) {
    return keyOffset(layer, kvHead, token) + halfLayerBytes();
  }

  private int halfLayerBytes() {
    return kvHeads * pageTokens * headBytes();
  }
}
