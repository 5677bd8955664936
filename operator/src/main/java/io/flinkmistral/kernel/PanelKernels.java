package io.flinkmistral.kernel;

import io.flinkmistral.kernel.PanelKernel.Constants;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jdk.incubator.vector.VectorShape;

/** The kernels of one vector width, and which of them serves how many tokens. */
final class PanelKernels {
  private final VectorShape shape;
  private final PanelUnpacker unpacker;
  private final Map<Constants, PanelKernel> kernels = new ConcurrentHashMap<>();

  PanelKernels(VectorShape shape) {
    this.shape = shape;
    this.unpacker = TileUnpacker.of(shape);
  }

  PanelUnpacker unpacker() {
    return unpacker;
  }

  PanelKernel kernel(PanelLayout layout, int tokens) {
    Constants constants = new Constants(shape, layout, tokens, vectors(tokens));
    return kernels.computeIfAbsent(
        constants,
        c -> c.layout() == PanelLayout.NIBBLE ? NibblePanelKernel.of(c) : FloatPanelKernel.of(c));
  }

  /** Whether it pays to widen weights once for all tokens. */
  boolean unpacks(PanelLayout layout, int tokens) {
    return switch (layout) {
      case FLOAT, NIBBLE -> false;
      case BYTE, HALF, BFLOAT -> tokens > 4;
    };
  }

  /**
   * How many of {@code tokens} the next kernel takes, some of which may be none. Four times two
   * vectors of rows are eight sums, which 16 registers hold beside what a step needs; with 32, more
   * sums are no faster. Few sizes mean few methods to compile.
   */
  static int tokensAtOnce(int tokens) {
    return tokens <= 2 ? tokens : 4;
  }

  /**
   * Vectors of rows at once. More than eight products a step make a method that HotSpot's first
   * compiler gives up, and what it does not compile is interpreted for half a minute.
   */
  private static int vectors(int tokens) {
    return tokens <= 2 ? 4 : 2;
  }
}
