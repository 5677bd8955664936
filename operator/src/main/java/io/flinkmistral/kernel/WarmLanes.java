package io.flinkmistral.kernel;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import jdk.incubator.vector.VectorShape;

/**
 * Loops of one vector width. Where they are compiled ahead plain ones stand in for them: what Java
 * does in place of vector instructions is far slower than these, and the first pass is not to wait.
 */
final class WarmLanes {
  /** Code, which is made and compiled once. */
  private static final Map<VectorShape, WarmLanes> ALL = new ConcurrentHashMap<>();

  private static final int SMALL = 64;
  private static final int LARGE = 256;

  /**
   * As many as would take four microseconds: {@link #SMALL} takes a half, or two where HotSpot
   * makes objects of vectors, and a hundred while it is interpreted.
   */
  private static final int PRODUCTS_OF_SMALL = 8000;

  private final Lanes lanes;
  private final Loops plain = new ScalarKernels();

  /** Whether {@link #compile} is to come, or was done. */
  private boolean begun;

  /** Whether plain loops are taken now. */
  private volatile boolean awaited;

  WarmLanes(VectorShape shape) {
    lanes = VectorLanes.ofShape(shape);
  }

  static WarmLanes of(VectorShape shape) {
    return ALL.computeIfAbsent(shape, WarmLanes::new);
  }

  /** The loops of vectors. */
  Lanes lanes() {
    return lanes;
  }

  /** The loops to take now. */
  Loops loops() {
    return awaited ? plain : lanes;
  }

  /** From now on plain loops are taken until {@link #compile} is done, unless it was. */
  synchronized void await() {
    awaited |= !begun;
    begun = true;
  }

  /** Compiles them; a loop for {@code q8_0} caches is not among them. */
  void compile() {
    KernelWarmUp.Calls calls =
        new KernelWarmUp.CallsBySize(calls(), SMALL, LARGE, PRODUCTS_OF_SMALL);
    if (awaited && KernelWarmUp.compile("a loop of vectors", calls)) {
      awaited = false;
    }
  }

  private IntConsumer calls() {
    float[] a = new float[LARGE];
    float[] b = new float[LARGE];
    return n -> {
      lanes.scaleBy(a, 0, lanes.sumOfSquares(a, 0, n), b, n, a, 0);
      lanes.swiGlu(a, b, 0, n);
      lanes.add(a, 0, b, 0, n);
      lanes.scale(1, a, 0, n);
      lanes.expSum(a, 0, n, lanes.max(a, 0, n), 0);
      lanes.addScaled(1, a, 0, b, 0, n);
    };
  }
}
