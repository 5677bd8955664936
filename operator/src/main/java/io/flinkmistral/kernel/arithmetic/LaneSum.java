package io.flinkmistral.kernel.arithmetic;

/**
 * The order of every sum that is not a matrix product: 16 lanes, where term {@code i} goes to lane
 * {@code i % 16} in the order of positions, and then one tree over the lanes.
 */
public final class LaneSum {
  public static final int LANES = 16;

  private LaneSum() {}

  /** Adds the lanes: halves are folded onto each other, 8, 4, 2, 1. Overwrites {@code lanes}. */
  public static float tree(float[] lanes) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    return lanes[0];
  }
}
