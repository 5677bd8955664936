package io.flinkmistral.kernel;

import io.flinkmistral.kernel.PanelKernel.Constants;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.concurrent.locks.LockSupport;

/** Calls a kernel with little to do until it is compiled, and then measures it. */
final class KernelTrial {
  /** Products a second that a kernel does only once it is compiled for good. */
  private static final double COMPILED = 5e9;

  private static final long PATIENCE_NANOS = 5_000_000_000L;
  private static final int CALLS = 20;
  private static final int CALLS_BEFORE_COMPILATION = 1000;
  private static final int MEASURED = 50;

  private final PanelKernel kernel;
  private final long inputBytes;
  private final MemorySegment weights;
  private final MemorySegment input;
  private final MemorySegment out;
  private final long nanos;

  KernelTrial(PanelKernel kernel, Constants constants) {
    this.kernel = kernel;
    PanelLayout layout = constants.layout();
    // Some blocks: a loop that was never repeated would be compiled as one that never is.
    int columns = 8 * Math.max(QuantizedInput.BLOCK, layout.blockColumns());
    inputBytes = constants.tokens() * PackedInput.bytes(layout, columns);
    weights = NativeMemory.allocate(layout.bytes(columns));
    input = NativeMemory.allocate(inputBytes);
    out = NativeMemory.allocate(PanelLayout.FLOAT.bytes(constants.tokens()));
    long products = (long) PanelLayout.ROWS * columns * constants.tokens() * CALLS;
    nanos = run((long) (products / COMPILED * 1e9)) ? measure() : Long.MAX_VALUE;
    Reference.reachabilityFence(this);
  }

  /** Whether it became fast at all. */
  boolean isCompiled() {
    return nanos < Long.MAX_VALUE;
  }

  PanelKernel kernel() {
    return kernel;
  }

  /** Nanoseconds of some calls, to be compared with those of other copies of the same kernel. */
  long nanos() {
    return nanos;
  }

  /** Whether a few calls took no longer than {@code compiled} nanoseconds before long. */
  private boolean run(long compiled) {
    long begin = System.nanoTime();
    long batch = Long.MAX_VALUE;
    for (int calls = 0; batch > compiled && System.nanoTime() - begin < PATIENCE_NANOS; ) {
      if (calls > CALLS_BEFORE_COMPILATION) {
        // By now the compiler has it, and needs the core.
        LockSupport.parkNanos(1_000_000);
      }
      batch = batch();
      calls += CALLS;
    }
    return batch <= compiled;
  }

  private long measure() {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < MEASURED; i++) {
      best = Math.min(best, batch());
    }
    return best;
  }

  private long batch() {
    long start = System.nanoTime();
    for (int i = 0; i < CALLS; i++) {
      kernel.multiply(
          weights.address(), input.address(), input.address() + inputBytes, out.address());
    }
    return System.nanoTime() - start;
  }
}
