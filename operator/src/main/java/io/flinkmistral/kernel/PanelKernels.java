package io.flinkmistral.kernel;

import io.flinkmistral.kernel.PanelKernel.Constants;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import jdk.incubator.vector.VectorShape;

/** The kernels of one vector width, and which of them serves how many tokens. */
final class PanelKernels {
  private static final Map<VectorShape, PanelKernels> ALL = new ConcurrentHashMap<>();
  private static final int MOST_TOKENS = 8;
  private static final List<Integer> TOKENS = List.of(1, 2, 4, MOST_TOKENS);

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
    if (layout == PanelLayout.NIBBLE_MIN && tokens == 1) {
      // Its minima make a larger body, with which the compiler is less sure.
      most = 2;
    }
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

  /**
   * Now and then the compiler does badly, by a factor of two or of a hundred, and does not try
   * again. Another copy of the code is another method to it: the fastest of some is taken.
   */
  private void warmUp(Constants constants) {
    OfLayout kernels = of(constants.layout());
    KernelTrial best = new KernelTrial(kernels.kernel(constants.tokens()), constants);
    for (int i = 1; i < copies(constants.layout()); i++) {
      KernelTrial other = new KernelTrial(PanelKernel.of(constants), constants);
      best = other.nanos() < best.nanos() ? other : best;
    }
    kernels.made.set(constants.tokens(), best.kernel());
    if (constants.tokens() == MOST_TOKENS && best.isCompiled()) {
      kernels.mostTokens = MOST_TOKENS;
    }
  }

  /** Those of integers vary most. */
  private static int copies(PanelLayout layout) {
    return layout.quantizesInputs() ? 6 : 2;
  }
}
