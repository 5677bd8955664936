package io.flinkmistral.kernel;

import io.flinkmistral.kernel.PanelKernel.Constants;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.concurrent.locks.LockSupport;

/**
 * Calls a kernel with little to do until it is compiled.
 *
 * <p>HotSpot compiles a method when it was called often, and a loop of it, on its own, when that
 * was repeated often. Only the first is wanted here: the code for a loop would be thrown away, it
 * takes the compiler as long as the method's, and where it comes first nothing shows when the
 * method's is there. So a call repeats its loops few times: less than {@code Tier4BackEdgeThreshold
 * / Tier4MinInvocationThreshold}, 66. But each loop is repeated now and then, as often as it will
 * be: the compiler's code is for what it has counted, and for a loop that was never repeated it has
 * none. Most calls have no columns and return at once: they count all the same, and an interpreted
 * kernel is slow.
 */
final class KernelWarmUp {
  /**
   * Calls of a round, which are enough for HotSpot to look how many there were. From then on it
   * counts what loops do, or later where the compiler has much to do.
   */
  private static final int CALLS = 2048;

  /** As many as come to some more calls than the {@code Tier4InvocationThreshold} of 5000. */
  private static final int ROUNDS = 3;

  /** Products a second that a kernel does only once it is compiled for good. */
  private static final double COMPILED = 2e9;

  /** How many times as long it takes right after a pause, at most; an interpreted one far more. */
  private static final int COLD = 20;

  private static final long PATIENCE_NANOS = 15_000_000_000L;
  private static final long POLL_NANOS = 10_000_000;

  private final PanelKernel kernel;

  /** Of a short call. */
  private final int rows;

  /** Inputs of a short call, a longer one and one that repeats all loops. */
  private final int unit;

  private final int units;
  private final int blocks;

  /** Nanoseconds of a short call that is compiled. */
  private final long nanos;

  /** Of a call that repeats all loops. */
  private final int panels;

  private final long panelBytes;
  private final long outBytes;
  private final MemorySegment weights;
  private final int[] inputs;
  private final MemorySegment out;
  private final MemorySegment scratch;

  private KernelWarmUp(PanelKernel kernel) {
    this.kernel = kernel;
    Constants constants = kernel.constants();
    PanelLayout layout = constants.layout();
    panels = constants.spreads() ? 2 : 1;
    rows = constants.group() == PanelLayout.ROWS ? constants.rows() : constants.group();
    // For one token the steps of a word are no loop.
    int columns = layout.quantizesInputs() && constants.tokens() == 1 ? 128 : 32;
    int block = Math.max(columns, layout.blockColumns());
    int most = block + columns;
    unit = constants.inputs() * PackedInput.size(layout, columns);
    units = 2 * unit;
    blocks = constants.inputs() * PackedInput.size(layout, most);
    nanos = (long) ((long) rows * columns * constants.inputs() / COMPILED * 1e9);
    panelBytes = layout.bytes(2 * block);
    weights = NativeMemory.allocate(panels * panelBytes);
    inputs = new int[blocks];
    outBytes = PanelLayout.FLOAT.bytes(constants.widens() ? 2 * block : constants.tokens());
    out = NativeMemory.allocate(panels * outBytes);
    scratch = NativeMemory.allocate(constants.scratchBytes(panels));
  }

  /** Whether the kernel was compiled before long. */
  static boolean compile(PanelKernel kernel) {
    return new KernelWarmUp(kernel).run();
  }

  private boolean run() {
    try {
      long begin = System.nanoTime();
      callWithoutColumns();
      for (int round = 1; round < ROUNDS; round++) {
        call(blocks, PanelLayout.ROWS, panels);
        call(units, rows, 1);
        call(unit, rows, 1);
        callWithoutColumns();
      }
      while (System.nanoTime() - begin < PATIENCE_NANOS) {
        // The first reads from memory what the second finds in the caches.
        if (call(unit, rows, 1) <= COLD * nanos && call(unit, rows, 1) <= nanos) {
          return true;
        }
        // The compiler needs the core; and the more it has to do, the more calls it waits for.
        LockSupport.parkNanos(POLL_NANOS);
        callWithoutColumns();
      }
      return false;
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private void callWithoutColumns() {
    for (int i = 0; i < CALLS; i++) {
      call(0, rows, 1);
    }
  }

  /** Nanoseconds of a call. */
  private long call(int count, int rows, int panels) {
    long start = System.nanoTime();
    kernel
        .code()
        .multiply(
            weights.address(),
            inputs,
            0,
            count,
            out.address(),
            scratch.address(),
            panels,
            panelBytes,
            outBytes,
            0,
            rows,
            kernel.constants().shift());
    return System.nanoTime() - start;
  }
}
