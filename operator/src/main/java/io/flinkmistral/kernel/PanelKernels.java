package io.flinkmistral.kernel;

import io.flinkmistral.kernel.PanelKernel.Constants;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import jdk.incubator.vector.VectorShape;

/** The kernels of one vector width, and which of them serves how many tokens. */
final class PanelKernels {
  private static final Map<VectorShape, PanelKernels> ALL = new ConcurrentHashMap<>();
  private static final int MOST_TOKENS = 12;

  /**
   * With so many a panel's weights are used again and again from the caches, so that it pays to
   * have those of several panels there, and spread inputs for all of them.
   */
  private static final int MANY_TOKENS = 32;

  private static final List<Integer> TOKENS = List.of(0, 1, 2, 4, 5, 8, MOST_TOKENS);

  static {
    CompilerDirectives.compileWithC2Only(PanelKernel.CLASS_NAME);
  }

  private final VectorShape shape;
  private final HalfWidener halfWidener;
  private final Set<PanelLayout> warm = ConcurrentHashMap.newKeySet();
  private final Map<PanelLayout, OfLayout> layouts = new EnumMap<>(PanelLayout.class);

  private PanelKernels(VectorShape shape) {
    this.shape = shape;
    this.halfWidener = new HalfWidener(shape);
    for (PanelLayout layout : PanelLayout.values()) {
      layouts.put(layout, new OfLayout(layout));
    }
  }

  /** The kernels of a width: code, which is made and compiled once. */
  static PanelKernels of(VectorShape shape) {
    return ALL.computeIfAbsent(shape, PanelKernels::new);
  }

  /** Whether it pays to widen weights once for all tokens; 0 tokens stand for doing that. */
  static boolean widens(PanelLayout layout, int tokens) {
    return switch (layout) {
      case FLOAT, NIBBLE, NIBBLE_MIN, FIVE, SIX -> false;
      case BYTE, HALF, BFLOAT -> tokens > 4;
    };
  }

  /** Refuses weights that were packed for vectors of another width. */
  void checkGroup(Panels panels) {
    int group = panels.layout().group(shape);
    if (panels.group() != group) {
      throw new IllegalArgumentException(
          "weights packed in groups of %d rows: vectors of %d bits take %d; prepare them again"
              .formatted(panels.group(), shape.vectorBitSize(), group));
    }
  }

  HalfWidener halfWidener() {
    return halfWidener;
  }

  OfLayout of(PanelLayout layout) {
    return layouts.get(layout);
  }

  /** Kernels of one layout. */
  final class OfLayout {
    private final PanelLayout layout;
    private final AtomicInteger mostTokens = new AtomicInteger(4);
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
      if (tokens <= 4) {
        return 4;
      }
      int most = mostTokens.get();
      if (most == 5) {
        // Three would be left, which no kernel takes.
        return tokens % 5 == 3 ? 4 : 5;
      }
      return tokens <= 8 ? Math.min(8, most) : most;
    }

    /** The same where none may be left empty. */
    int fullTokensAtOnce(int tokens) {
      int atOnce = tokensAtOnce(tokens);
      while (atOnce > tokens) {
        atOnce = tokensAtOnce(atOnce / 2);
      }
      return atOnce;
    }

    /** Panels that a task does best at once. */
    int panelsAtOnce(int tokens) {
      return tokens >= MANY_TOKENS && constants(layout, 8).spreads() ? 4 : 1;
    }

    /** What the kernels of these groups need. */
    long scratchBytes(List<PackedInput.Group> groups, int panels) {
      return groups.stream()
          .mapToLong(group -> kernel(group.slots()).constants().scratchBytes(panels))
          .max()
          .orElse(0);
    }

    /** From now on takes so many tokens at once, where there are as many. */
    void use(int tokens) {
      mostTokens.accumulateAndGet(tokens, Math::max);
    }

    /**
     * @param tokens 1, 2, 4, 5, 8 or 12, or 0 for the kernel that widens
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

  private boolean isUsed(PanelLayout layout, int tokens) {
    return switch (tokens) {
      case 0 -> widens(layout, MOST_TOKENS);
      case 5 -> !manyRegisters() && layout == PanelLayout.FLOAT;
      case 8 -> (manyRegisters() || layout.quantizesInputs()) && !widens(layout, tokens);
      case MOST_TOKENS ->
          manyRegisters() && (layout == PanelLayout.FLOAT || layout == PanelLayout.NIBBLE);
      default -> !widens(layout, tokens);
    };
  }

  /** The most that a kernel of this layout takes once all are compiled. */
  int mostTokens(PanelLayout layout) {
    return TOKENS.reversed().stream()
        .filter(tokens -> isUsed(layout, tokens))
        .findFirst()
        .orElseThrow();
  }

  private boolean manyRegisters() {
    return shape.vectorBitSize() == 512;
  }

  /**
   * As many sums as registers hold beside what a step needs, 24 of the 32 that vectors of 512 bits
   * come with, 10 of the 16 otherwise; but no more than was seen to be faster. With one vector of
   * rows inputs are {@link Constants#spreads spread}, if they are of 8 bits.
   */
  private Constants constants(PanelLayout layout, int tokens) {
    int vectors =
        switch (layout) {
          case FLOAT, HALF, BFLOAT, BYTE -> tokens > (manyRegisters() ? 4 : 2) ? 2 : 4;
          case NIBBLE, NIBBLE_MIN, FIVE, SIX -> codeVectors(tokens);
        };
    return new Constants(shape, layout, tokens, vectors);
  }

  private int codeVectors(int tokens) {
    if (manyRegisters()) {
      return tokens > 4 ? 2 : 4;
    }
    return tokens > 4 ? 1 : tokens > 2 ? 2 : 4;
  }

  /**
   * Compiles the kernels of some layouts. From then on more than 4 tokens have kernels of their
   * own, where there are registers for them; before, these would be interpreted for minutes.
   */
  void warmUp(Collection<PanelLayout> used, Executor executor) {
    Set<PanelLayout> cold = EnumSet.of(PanelLayout.FLOAT);
    cold.addAll(used);
    cold.removeIf(layout -> !warm.add(layout));
    for (PanelLayout layout : cold) {
      for (int tokens : TOKENS) {
        if (isUsed(layout, tokens)) {
          executor.execute(() -> warmUp(constants(layout, tokens)));
        }
      }
    }
  }

  private void warmUp(Constants constants) {
    OfLayout kernels = of(constants.layout());
    boolean compiled = KernelWarmUp.compile(kernels.kernel(constants.tokens()));
    if (compiled) {
      kernels.use(constants.tokens());
    }
  }
}
