package io.flinkmistral.cache;

import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Rounds keys and values to the cache's format, and writes them where {@link KvLayout} says. */
public final class KvWriter {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The greatest finite half. */
  private static final float GREATEST_HALF = 65504f;

  private final KvLayout layout;

  public KvWriter(KvLayout layout) {
    this.layout = layout;
  }

  /**
   * Writes one token's keys and values of a layer.
   *
   * @param key (kvHeads, headDim), from {@code offset} on; {@code value} alike
   */
  public void write(
      KvCache cache, int layer, int position, float[] key, float[] value, int offset) {
    MemorySegment page = cache.page(position / layout.pageTokens());
    int token = position % layout.pageTokens();
    for (int head = 0; head < layout.kvHeads(); head++) {
      int from = offset + head * layout.headDim();
      write(key, from, page, layout.keys(layer, head), token, layout.pageTokens());
      write(value, from, page, layout.values(layer, head), token * layout.headDim(), 1);
    }
  }

  /** Number {@code i} of a head goes to place {@code first + i * stride} of the page's numbers. */
  private void write(float[] in, int from, MemorySegment page, int head, int first, int stride) {
    int n = layout.headDim();
    switch (layout.type()) {
      case F32 -> {
        for (int i = 0; i < n; i++) {
          page.set(FLOAT, head + 4L * (first + i * stride), in[from + i]);
        }
      }
      case F16 -> {
        for (int i = 0; i < n; i++) {
          page.set(HALF, head + 2L * (first + i * stride), half(in[from + i]));
        }
      }
      case Q8_0 -> {
        for (int block = 0; block < layout.type().scales(n); block++) {
          int begin = block * KvType.SCALED;
          int count = Math.min(KvType.SCALED, n - begin);
          float scale = scale(in, from + begin, count);
          int place = scalePlace(first, block, stride);
          page.set(HALF, head + layout.scales() + 2L * place, half(scale));
          float factor = scale == 0 ? 0 : 1 / scale;
          for (int i = begin; i < begin + count; i++) {
            byte code = (byte) Math.clamp((int) Math.rint(in[from + i] * factor), -127, 127);
            page.set(ValueLayout.JAVA_BYTE, head + first + (long) i * stride, code);
          }
        }
      }
    }
  }

  /** Of keys (block, token), of values (token, block). */
  private int scalePlace(int first, int block, int stride) {
    return stride == 1
        ? first / layout.headDim() * layout.type().scales(layout.headDim()) + block
        : block * stride + first;
  }

  /** Such that the greatest number becomes 127; rounded as it is kept. */
  private static float scale(float[] in, int from, int count) {
    float greatest = 0;
    for (int i = from; i < from + count; i++) {
      greatest = Math.max(greatest, Math.abs(in[i]));
    }
    return Float.float16ToFloat(half(greatest / 127));
  }

  /** Readers take halves to be finite: what is greater is cut, and NaN becomes 0. */
  private static short half(float value) {
    return Float.floatToFloat16(
        Float.isNaN(value) ? 0 : Math.clamp(value, -GREATEST_HALF, GREATEST_HALF));
  }
}
