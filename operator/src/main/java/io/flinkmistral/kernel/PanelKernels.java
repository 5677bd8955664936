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
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import jdk.incubator.vector.VectorShape;

/**
 * The kernels of one vector width, and which of them serves how many tokens.
 *
 * <p>The <i>wide</i> ones, which keep more sums, are as much as twice as fast, but HotSpot's first
 * compiler gives them up, and until its second one has compiled them they are interpreted, ten
 * thousand times slower: seconds, which a large model can spend at its start, and a small one is
 * better off without. So they serve once they are warmed up. Both give the same bits.
 */
final class PanelKernels {
  private static final Map<VectorShape, PanelKernels> ALL = new ConcurrentHashMap<>();
  private static final int MOST_TOKENS = 8;
  private static final List<Integer> TOKENS = List.of(1, 2, 4, MOST_TOKENS);

  /** Products a second that a kernel does only once it is compiled for good. */
  private static final double COMPILED = 2e9;

  private static final long MOST_WARM_UP_NANOS = 10_000_000_000L;
  private static final int CALLS = 20;
  private static final int CALLS_BEFORE_COMPILATION = 1000;

  private final VectorShape shape;
  private final PanelUnpacker unpacker;
  private final Map<Constants, PanelKernel> kernels = new ConcurrentHashMap<>();
  private final Map<PanelLayout, Choice[]> choices = new EnumMap<>(PanelLayout.class);
  private final Set<PanelLayout> warm = ConcurrentHashMap.newKeySet();

  private PanelKernels(VectorShape shape) {
    this.shape = shape;
    this.unpacker = TileUnpacker.of(shape);
    for (PanelLayout layout : PanelLayout.values()) {
      choices.put(layout, new Choice[] {new Choice(layout, false), new Choice(layout, true)});
    }
  }

  /** Kernels of which the wide ones are used from the start. */
  static PanelKernels wide(VectorShape shape) {
    PanelKernels kernels = new PanelKernels(shape);
    kernels.warm.addAll(EnumSet.allOf(PanelLayout.class));
    return kernels;
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

  /** What serves one product; it stays the same while others are warmed up. */
  Choice choose(PanelLayout layout) {
    return choices.get(layout)[warm.contains(layout) ? 1 : 0];
  }

  /** Kernels of one layout. */
  final class Choice {
    private final PanelLayout layout;
    private final boolean wide;
    private final PanelKernel[] made = new PanelKernel[MOST_TOKENS + 1];

    private Choice(PanelLayout layout, boolean wide) {
      this.layout = layout;
      this.wide = wide;
    }

    PanelLayout layout() {
      return layout;
    }

    boolean wide() {
      return wide;
    }

    /** How many of {@code tokens} the next kernel takes, some of which may be none. */
    int tokensAtOnce(int tokens) {
      if (tokens <= 2) {
        return tokens;
      }
      return tokens > 4 && wide ? MOST_TOKENS : 4;
    }

    /**
     * @param tokens 1, 2, 4, or 8 where it is wide
     */
    PanelKernel kernel(int tokens) {
      PanelKernel kernel = made[tokens];
      if (kernel == null) {
        kernel = kernels.computeIfAbsent(constants(layout, tokens, wide), PanelKernel::of);
        made[tokens] = kernel;
      }
      return kernel;
    }
  }

  /**
   * As many sums as registers hold beside what a step needs: 16 of the 32 that vectors of 512 bits
   * come with, 8 of the 16 otherwise.
   */
  private Constants constants(PanelLayout layout, int tokens, boolean wide) {
    int sums = wide ? 16 : 8;
    int most =
        switch (layout) {
          case FLOAT, HALF, BFLOAT, BYTE, NIBBLE, NIBBLE_MIN -> 4;
          // Codes take registers, too.
          case FIVE, SIX -> 2;
        };
    int vectors = Math.min(most, sums / tokens);
    int unroll = layout.quantizesInputs() && tokens == 8 ? 2 : 1;
    return new Constants(shape, layout, tokens, vectors, unroll);
  }

  /** Compiles the wide kernels of some layouts, and uses them from now on. */
  void warmUp(Collection<PanelLayout> layouts, WorkPool pool) {
    if (shape.vectorBitSize() < 512) {
      return;
    }
    Set<PanelLayout> cold = EnumSet.of(PanelLayout.FLOAT);
    cold.addAll(layouts);
    cold.removeAll(warm);
    List<Constants> wide =
        cold.stream()
            .flatMap(layout -> TOKENS.stream().map(tokens -> constants(layout, tokens, true)))
            .filter(c -> !PanelKernels.unpacks(c.layout(), c.tokens()))
            .toList();
    pool.run(wide.size(), i -> warmUp(wide.get(i)));
    warm.addAll(cold);
  }

  private void warmUp(Constants constants) {
    PanelKernel kernel = kernels.computeIfAbsent(constants, PanelKernel::of);
    PanelLayout layout = constants.layout();
    // Two blocks: a loop that was never repeated would be compiled as one that never is.
    int columns = 2 * Math.max(QuantizedInput.BLOCK, layout.blockColumns());
    long inputs = constants.tokens() * PackedInput.bytes(layout, columns);
    MemorySegment weights = NativeMemory.allocate(layout.bytes(columns));
    MemorySegment input = NativeMemory.allocate(inputs);
    MemorySegment out = NativeMemory.allocate(PanelLayout.FLOAT.bytes(constants.tokens()));
    double compiled = PanelLayout.ROWS * columns * constants.tokens() / COMPILED * 1e9 * CALLS;
    long begin = System.nanoTime();
    long before;
    long now = begin;
    int calls = 0;
    do {
      if (calls > CALLS_BEFORE_COMPILATION) {
        // By now the compiler has it; it needs the core.
        LockSupport.parkNanos(1_000_000);
        now = System.nanoTime();
      }
      before = now;
      calls += CALLS;
      for (int i = 0; i < CALLS; i++) {
        kernel.multiply(weights.address(), input.address(), input.address() + inputs, out.address());
      }
      now = System.nanoTime();
    } while (now - before > compiled && now - begin < MOST_WARM_UP_NANOS);
    Stream.of(weights, input, out).forEach(Reference::reachabilityFence);
  }
}
