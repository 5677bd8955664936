package io.flinkmistral.kernel.machine.attention;

/**
 * Of keys and values that kernels are made for.
 *
 * @param numbers of keys and values
 * @param headDim numbers of a position's key or value
 * @param pageTokens from a dimension's keys to the next dimension's, in positions
 * @param span most positions of a call
 */
public record AttentionShape(Numbers numbers, int headDim, int pageTokens, int span) {
  /** Positions whose keys are multiplied together, and most of a piece. */
  public static final int POSITIONS = 16;

  /** Dimensions that share a scale. */
  static final int SCALED = 32;

  /** What keys and values are. */
  public enum Numbers {
    /** IEEE halves, finite. */
    HALVES(Short.BYTES, POSITIONS),

    /** Signed bytes; of each 32 dimensions of a position a half to multiply them with. */
    SCALED_BYTES(Byte.BYTES, AttentionShape.SCALED);

    private final int bytes;
    private final int dimensions;

    Numbers(int bytes, int dimensions) {
      this.bytes = bytes;
      this.dimensions = dimensions;
    }

    int bytes() {
      return bytes;
    }

    boolean areScaled() {
      return this == SCALED_BYTES;
    }
  }

  public AttentionShape {
    check(headDim, numbers.dimensions, "dimensions");
    check(pageTokens, POSITIONS, "positions of a page");
    check(span, 2 * POSITIONS, "positions of a span");
  }

  private static void check(int count, int unit, String what) {
    if (count < unit || count % unit != 0) {
      throw new IllegalArgumentException(
          "%d %s: not a multiple of %d".formatted(count, what, unit));
    }
  }

  /** Whether there are kernels for such heads and pages. */
  public static boolean fits(Numbers numbers, int headDim, int pageTokens) {
    return headDim % numbers.dimensions == 0 && pageTokens % POSITIONS == 0;
  }

  /** From a dimension's keys to the next one's. */
  int keyStride() {
    return pageTokens * numbers.bytes;
  }

  /** From the scales of 32 dimensions' keys to those of the next. */
  int keyScaleStride() {
    return pageTokens * Short.BYTES;
  }

  /** From a position's values to the next one's. */
  int valueStride() {
    return headDim * numbers.bytes;
  }

  /** From the scales of a position's values to those of the next. */
  int valueScaleStride() {
    return headDim / SCALED * Short.BYTES;
  }

  /** From a query's scores to the next one's. */
  int scoresStride() {
    return span * Float.BYTES;
  }

  /** From a query, or its sums, to the next one's. */
  int queryStride() {
    return headDim * Float.BYTES;
  }
}
