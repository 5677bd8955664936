package io.flinkmistral.kernel;

import io.flinkmistral.kernel.PanelKernel.Constants;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import jdk.incubator.vector.VectorShape;

/** The kernels of one vector width, and which of them serves how many tokens. */
final class PanelKernels {
  private static final Map<VectorShape, PanelKernels> ALL = new ConcurrentHashMap<>();
  private static final int MOST_TOKENS = 8;
  private static final List<Integer> TOKENS = List.of(1, 2, 4, MOST_TOKENS);

  /** Products a second that a kernel does only once it is compiled for good. */
  private static final double COMPILED = 10e9;

  private static final long PATIENCE_NANOS = 5_000_000_000L;
  private static final int ATTEMPTS = 4;
  private static final int CALLS = 20;
  private static final int CALLS_BEFORE_COMPILATION = 1000;

  private final VectorShape shape;
  private final PanelUnpacker unpacker;
  private final Set<PanelLayout> warm = ConcurrentHashMap.newKeySet();
  private final Map<PanelLayout, OfLayout> layouts = new EnumMap<>(PanelLayout.class);

  private PanelKernels(VectorShape shape) {
    this.shape = shape;
    this.unpacker = TileUnpacker.of(shape);
    for (PanelLayout layout : PanelLayout.values()) {
      layouts.put(layout, new OfLayout(layout));
    }
  }

  /** The kernels of a width: code, which is made and compiled once. */
  static PanelKernels of(VectorShape shape) {
    return ALL.computeIfAbsent(shape, PanelKernels::new);
  }

  PanelUnpacker unpacker() {
    return unpacker;
  }

  /** Whether it pays to widen weights once for all tokens. */
  static boolean unpacks(PanelLayout layout, int tokens) {
    return switch (layout) {
      case FLOAT, NIBBLE, NIBBLE_MIN -> false;
      case BYTE, HALF, BFLOAT, FIVE, SIX -> tokens > 4;
    };
  }

  OfLayout of(PanelLayout layout) {
    return layouts.get(layout);
  }

  /** Kernels of one layout. */
  final class OfLayout {
    private final PanelLayout layout;
    private volatile int mostTokens = 4;
    private final AtomicReferenceArray<PanelKernel> made =
        new AtomicReferenceArray<>(MOST_TOKENS + 1);

    private OfLayout(PanelLayout layout) {
      this.layout = layout;
    }

    PanelLayout layout() {
      return layout;
    }

    /** How many of {@code tokens} the next kernel takes, some of which may be none. */
    int tokensAtOnce(int tokens) {
      if (tokens <= 2) {
        return tokens;
      }
      return tokens > 4 ? mostTokens : 4;
    }

    /**
     * @param tokens 1, 2, 4 or 8
     */
    PanelKernel kernel(int tokens) {
      PanelKernel kernel = made.get(tokens);
      if (kernel == null) {
        made.compareAndSet(tokens, null, PanelKernel.of(constants(layout, tokens)));
        kernel = made.get(tokens);
      }
      return kernel;
    }

  }

  private boolean takesMost(PanelLayout layout) {
    return manyRegisters() && !layout.quantizesInputs();
  }

  private boolean manyRegisters() {
    return shape.vectorBitSize() == 512;
  }

  /**
   * As many sums as registers hold beside what a step needs: 16 of the 32 that vectors of 512 bits
   * come with, 8 of the 16 otherwise; but no more than 8 where that is as fast, and what HotSpot
   * compiles more surely.
   */
  private Constants constants(PanelLayout layout, int tokens) {
    boolean wide = manyRegisters() && !layout.quantizesInputs();
    int sums = wide ? 16 : 8;
    int most =
        switch (layout) {
          case FLOAT, HALF, BFLOAT, BYTE, NIBBLE, NIBBLE_MIN -> 4;
          // Codes take registers, too.
          case FIVE, SIX -> 2;
        };
    int vectors = Math.min(most, sums / tokens);
    return new Constants(shape, layout, tokens, vectors);
  }

  /**
   * Compiles the kernels of some layouts. From then on 8 tokens have one of their own, where there
   * are registers for it; before, it would be interpreted for minutes.
   */
  void warmUp(Collection<PanelLayout> used, WorkPool pool) {
    Set<PanelLayout> cold = EnumSet.of(PanelLayout.FLOAT);
    cold.addAll(used);
    cold.removeAll(warm);
    List<Constants> constants =
        cold.stream()
            .flatMap(
                layout ->
                    TOKENS.stream()
                        .filter(t -> !unpacks(layout, t) && (t < MOST_TOKENS || takesMost(layout)))
                        .map(t -> constants(layout, t)))
            .toList();
    pool.run(constants.size(), i -> warmUp(constants.get(i)));
    warm.addAll(cold);
  }

  private void warmUp(Constants constants) {
    OfLayout kernels = of(constants.layout());
    PanelKernel kernel = kernels.kernel(constants.tokens());
    long dbg0 = System.nanoTime();
    boolean fast = isWarm(kernel, constants);
    for (int i = 1; i < ATTEMPTS && !fast; i++) {
      // Now and then the compiler does badly, and does not try again: another copy of the code is
      // another method to it.
      kernel = PanelKernel.of(constants);
      fast = isWarm(kernel, constants);
    }
    if (Boolean.getBoolean("dbg")) System.err.println(constants + " " + fast + " " + (System.nanoTime()-dbg0)/1000000);
    kernels.made.set(constants.tokens(), kernel);
    if (fast && constants.tokens() == MOST_TOKENS) {
      kernels.mostTokens = MOST_TOKENS;
    }
  }

  /** Calls a kernel until it is fast, but not for long. */
  private static boolean isWarm(PanelKernel kernel, Constants constants) {
    PanelLayout layout = constants.layout();
    // Two blocks: a loop that was never repeated would be compiled as one that never is.
    int columns = 2 * Math.max(QuantizedInput.BLOCK, layout.blockColumns());
    long inputs = constants.tokens() * PackedInput.bytes(layout, columns);
    MemorySegment weights = NativeMemory.allocate(layout.bytes(columns));
    MemorySegment input = NativeMemory.allocate(inputs);
    MemorySegment out = NativeMemory.allocate(PanelLayout.FLOAT.bytes(constants.tokens()));
    double compiled = PanelLayout.ROWS * columns * constants.tokens() / COMPILED * 1e9 * CALLS;
    long begin = System.nanoTime();
    long batch = Long.MAX_VALUE;
    for (int calls = 0; batch > compiled && System.nanoTime() - begin < PATIENCE_NANOS; ) {
      if (calls > CALLS_BEFORE_COMPILATION) {
        // By now the compiler has it; it needs the core.
        LockSupport.parkNanos(1_000_000);
      }
      long start = System.nanoTime();
      for (int i = 0; i < CALLS; i++) {
        kernel.multiply(
            weights.address(),
            input.address(),
            input.address() + inputs,
            out.address());
      }
      batch = System.nanoTime() - start;
      calls += CALLS;
    }
    Stream.of(weights, input, out).forEach(Reference::reachabilityFence);
    return batch <= compiled;
  }
}
