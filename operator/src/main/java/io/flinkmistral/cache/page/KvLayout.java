package io.flinkmistral.cache.page;

import io.flinkmistral.weights.TransformerConfig;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The bytes of a page of keys and values: {@code pageTokens} tokens, all layers, little-endian.
 *
 * <pre>
 *   page      = layer 0 | layer 1 | ... | layer (layers - 1)
 *   layer     = keys | values
 *   keys      = head 0 | ... | head (kvHeads - 1)             (values alike)
 *   head      = numbers of the {@link KvType} | scales in half precision, where the type has some
 *   numbers   of keys (headDim, pageTokens), of values (pageTokens, headDim)
 *   scales    of keys (headDim / 32, pageTokens), of values (pageTokens, headDim / 32)
 * </pre>
 *
 * A head's tokens lie together, because attention reads one head over many tokens: the products of
 * a query with many keys have a key in each lane, the weighted sum of values a dimension. Token
 * {@code i} of page {@code p} is at the absolute position {@code p * pageTokens + i}.
 *
 * @param layers layers of the model
 * @param kvHeads key and value heads of a layer
 * @param headDim numbers in a head
 * @param pageTokens tokens in a page
 * @param type number format
 */
public record KvLayout(int layers, int kvHeads, int headDim, int pageTokens, KvType type) {
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int SCALE_BYTES = Short.BYTES;

  public KvLayout {
    if (pageTokens < 1) {
      throw new IllegalArgumentException(
          "a page must hold at least 1 token, but is to hold " + pageTokens);
    }
    Math.toIntExact(2L * layers * kvHeads * bytes(headDim, pageTokens, type));
  }

  public static KvLayout of(TransformerConfig config, int pageTokens, KvType type) {
    return new KvLayout(config.layers(), config.kvHeads(), config.headDim(), pageTokens, type);
  }

  /** Bytes of a page. */
  public int pageBytes() {
    return 2 * layers * halfLayerBytes();
  }

  /** Bytes of one head's keys, or values. */
  public int headBytes() {
    return Math.toIntExact(bytes(headDim, pageTokens, type));
  }

  private static long bytes(int headDim, int pageTokens, KvType type) {
    return (long) pageTokens * (headDim * type.bytes() + type.scales(headDim) * SCALE_BYTES);
  }

  /** Offset in a page of the keys of one layer and head. */
  public int keys(int layer, int kvHead) {
    return (2 * layer * kvHeads + kvHead) * headBytes();
  }

  /** Offset in a page of the values of one layer and head. */
  public int values(int layer, int kvHead) {
    return keys(layer, kvHead) + halfLayerBytes();
  }

  /** Offset of the scales from a head's first byte. */
  public int scales() {
    return pageTokens * headDim * type.bytes();
  }

  /**
   * Number {@code number} of a head's scales.
   *
   * @param head offset of the head's first byte
   */
  public float scale(MemorySegment page, int head, int number) {
    return Float.float16ToFloat(page.get(HALF, head + scales() + (long) SCALE_BYTES * number));
  }

  private int halfLayerBytes() {
    return kvHeads * headBytes();
  }
}
