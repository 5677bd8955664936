package io.flinkmistral.kernel.vector;

import io.flinkmistral.kernel.bytecode.CacheReading;
import io.flinkmistral.kernel.bytecode.KernelWarmUp;
import io.flinkmistral.kernel.bytecode.Lazy;
import io.flinkmistral.kernel.bytecode.PassSize;
import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.packing.BlockRows;
import io.flinkmistral.kernel.packing.PanelPacker;
import io.flinkmistral.kernel.panel.PanelKernel;
import io.flinkmistral.kernel.panel.PanelKernel.Constants;
import io.flinkmistral.kernel.panel.PanelKernelCalls;
import io.flinkmistral.kernel.vector.StridedProduct.Format;
import io.flinkmistral.tensor.DataType;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import jdk.incubator.vector.VectorShape;

/** The kernels of one vector width, and which of them serves how many tokens. */
public final class PanelKernels {
  private static final Map<VectorShape, PanelKernels> ALL = new ConcurrentHashMap<>();
  private static final int MOST_TOKENS = 12;

  /**
   * Up to so many, kernels of four or eight that turn weights into floats in registers, again and
   * again, are faster than one that writes them for all.
   */
  private static final int FEW_TOKENS = 16;

  /**
   * With so many a panel's weights are used again from the caches, so that it pays to have those of
   * several panels there, and spread inputs for all of them.
   */
  private static final int MANY_TOKENS = 16;

  /**
   * So many tokens' inputs come from a core's third cache, and are used for several panels there.
   */
  private static final int LONG_PROMPT = 256;

  private static final int PANELS_AT_ONCE = 4;

  private static final List<Integer> TOKENS = List.of(0, 1, 2, 4, 5, 8, MOST_TOKENS);

  static {
    CompilerDirectives.begin();
  }

  private final VectorShape shape;
  private final Lazy<HalfWidener> halfWidener;
  private final Map<Format, Lazy<StridedProduct>> products = new EnumMap<>(Format.class);
  private final BlockRows.Tiles tiles = new BlockRows.Tiles();
  private final InputQuantizer inputQuantizer = new InputQuantizer();

  /**
   * What is compiled, or about to be: objects that are equal to themselves only. To compare a
   * kernel's constants the JVM would first write classes, for a hundredth of a second.
   */
  private final Set<Object> warm = ConcurrentHashMap.newKeySet();

  private final Map<PanelLayout, OfLayout> layouts = new EnumMap<>(PanelLayout.class);

  /** Kernels of their own; see {@link #of(VectorShape)}. */
  PanelKernels(VectorShape shape) {
    this.shape = shape;
    this.halfWidener = new Lazy<>(() -> new HalfWidener(shape));
    for (Format format : Format.values()) {
      products.put(format, new Lazy<>(() -> new StridedProduct(shape, format)));
    }
    for (PanelLayout layout : PanelLayout.values()) {
      layouts.put(layout, new OfLayout(layout));
    }
  }

  /** The kernels of a width: code, which is made and compiled once. */
  public static PanelKernels of(VectorShape shape) {
    return ALL.computeIfAbsent(shape, PanelKernels::new);
  }

  /** Packs weights of a type for these kernels. */
  public PanelPacker packer(DataType type) {
    CompilerDirectives.await();
    PanelLayout layout = PanelLayout.of(type.format());
    return new PanelPacker(type, layout, tiles);
  }

  /** Whether it pays to widen weights once for all tokens; 0 tokens stand for doing that. */
  static boolean widens(PanelLayout layout, int tokens) {
    return switch (layout) {
      case HALF, BFLOAT -> tokens > FEW_TOKENS;
      case FLOAT,
          BYTE,
          SCALED_BYTE,
          TWO,
          THREE,
          NIBBLE,
          NIBBLE_ADD,
          NIBBLE_MIN,
          FIVE,
          FIVE_ADD,
          FIVE_MIN,
          SIX ->
          false;
    };
  }

  public HalfWidener halfWidener() {
    return halfWidener.get();
  }

  public StridedProduct product(Format format) {
    return products.get(format).get();
  }

  public OfLayout of(PanelLayout layout) {
    return layouts.get(layout);
  }

  /** Kernels of one layout. */
  public final class OfLayout {
    private final PanelLayout layout;
    private final TokenCounts counts = new TokenCounts();
    private final List<Lazy<PanelKernel>> kernels;

    private OfLayout(PanelLayout layout) {
      this.layout = layout;
      this.kernels =
          IntStream.rangeClosed(0, MOST_TOKENS)
              .mapToObj(tokens -> new Lazy<>(() -> PanelKernel.of(constants(layout, tokens))))
              .toList();
    }

    PanelLayout layout() {
      return layout;
    }

    InputQuantizer inputQuantizer() {
      return inputQuantizer;
    }

    /** How many tokens its kernels in use take. */
    public TokenCounts counts() {
      return counts;
    }

    /** Panels that a task does best at once. */
    int panelsAtOnce(int tokens) {
      boolean several =
          layout == PanelLayout.FLOAT
              ? tokens >= LONG_PROMPT
              : tokens >= MANY_TOKENS && constants(layout, 8).spreads();
      return several ? PANELS_AT_ONCE : 1;
    }

    /** What the kernels of these groups need. */
    long scratchBytes(List<PackedInput.Group> groups, int panels) {
      return groups.stream()
          .mapToLong(group -> kernel(group.slots()).constants().scratchBytes(panels))
          .max()
          .orElse(0);
    }

    /**
     * @param tokens 1, 2, 4, 5, 8 or 12, or 0 for the kernel that widens
     */
    public PanelKernel kernel(int tokens) {
      return holder(tokens).get();
    }

    private Lazy<PanelKernel> holder(int tokens) {
      return kernels.get(tokens);
    }

    private void warmUp(int tokens) {
      PanelKernel kernel = kernel(tokens);
      boolean compiled = KernelWarmUp.compile(kernel.constants(), new PanelKernelCalls(kernel));
      if (compiled && !kernel.constants().widens()) {
        counts.use(tokens);
      }
    }
  }

  private boolean isUsed(PanelLayout layout, int tokens) {
    return switch (tokens) {
      case 0 -> widens(layout, Integer.MAX_VALUE);
      case 5 -> !manyRegisters() && layout == PanelLayout.FLOAT;
      case 8 ->
          layout.codes().isPresent()
              || manyRegisters() && (layout == PanelLayout.FLOAT || layout.isOfBytes());
      case MOST_TOKENS -> manyRegisters() && layout == PanelLayout.FLOAT;
      default -> true;
    };
  }

  /** How many tokens this layout's kernels take, once all are compiled; 0 for one that widens. */
  public List<Integer> tokens(PanelLayout layout) {
    return TOKENS.stream().filter(tokens -> isUsed(layout, tokens)).toList();
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
          case FLOAT, HALF, BFLOAT -> tokens > (manyRegisters() ? 4 : 2) ? 2 : 4;
          case BYTE,
              SCALED_BYTE,
              TWO,
              THREE,
              NIBBLE,
              NIBBLE_ADD,
              NIBBLE_MIN,
              FIVE,
              FIVE_ADD,
              FIVE_MIN,
              SIX ->
              codeVectors(tokens);
        };
    return new Constants(shape, layout, tokens, vectors);
  }

  private int codeVectors(int tokens) {
    if (manyRegisters()) {
      return 2;
    }
    return tokens > 4 ? 1 : tokens > 2 ? 2 : 4;
  }

  /**
   * Compiles kernels of some layouts, and attention's. Others than the first ones are not used any
   * more before they were compiled, too.
   *
   * @param packed layouts that weights are packed in
   * @param multiplied those of them whose products are computed here
   * @param reading of cached keys and values
   */
  public void warmUp(
      PassSize size,
      Collection<PanelLayout> packed,
      Collection<PanelLayout> multiplied,
      CacheReading reading,
      Executor executor) {
    CompilerDirectives.await();
    Set<PanelLayout> layouts = EnumSet.noneOf(PanelLayout.class);
    layouts.addAll(multiplied);
    if (reading.takesPanels(size)) {
      layouts.add(PanelLayout.FLOAT);
    }
    if (size == PassSize.FIRST) {
      layouts.forEach(this::useOnlyFirst);
    }
    for (PanelLayout layout : packed) {
      if (layout == PanelLayout.BYTE) {
        warmUp(tiles.bytes(), executor, tiles.bytes()::warmUp);
      } else if (layout.codes().isPresent()) {
        warmUp(tiles.words(), executor, tiles.words()::warmUp);
      }
    }
    if (size == PassSize.FEW
        && multiplied.stream().anyMatch(layout -> layout.codes().isPresent())) {
      // Plain loops are soon compiled: the first pass does not wait for better ones.
      warmUp(inputQuantizer, executor, inputQuantizer::warmUp);
    }
    for (Format format : reading.inPlace().map(Format::ofCache).orElse(List.of())) {
      warmUp(
          products.get(format),
          executor,
          () -> KernelWarmUp.compile("the product of " + format, product(format).calls()));
    }
    for (PanelLayout layout : layouts) {
      for (int tokens : tokens(layout)) {
        PassSize needed = sizeFor(layout, tokens);
        boolean isLeft = size == PassSize.FEW && needed == PassSize.FIRST;
        if (needed == size || isLeft) {
          warmUp(of(layout).holder(tokens), executor, () -> of(layout).warmUp(tokens));
        }
      }
    }
  }

  private void useOnlyFirst(PanelLayout layout) {
    int first = firstTokens(layout);
    if (!warm.contains(of(layout).holder(first))) {
      of(layout).counts().useOnly(first);
    }
  }

  /** Has {@code compilation} run, unless it was. */
  private void warmUp(Object code, Executor executor, Runnable compilation) {
    if (warm.add(code)) {
      executor.execute(compilation);
    }
  }

  /**
   * Tokens of a layout's first kernel. Where weights are bytes, a kernel for two does both in
   * little more time than one for one does the first, and takes the compiler no longer. Where they
   * are codes, it has less to gain.
   */
  private static int firstTokens(PanelLayout layout) {
    return layout.isOfBytes() ? 2 : 1;
  }

  /** The four query heads of a key's head are four tokens to attention. */
  private static PassSize sizeFor(PanelLayout layout, int tokens) {
    if (tokens == firstTokens(layout)) {
      return PassSize.FIRST;
    }
    return switch (tokens) {
      case 1, 2 -> PassSize.FEW;
      case 4 -> layout == PanelLayout.FLOAT ? PassSize.MANY : PassSize.FEW;
      case 8 -> layout.isOfBytes() ? PassSize.FEW : PassSize.MANY;
      default -> PassSize.MANY;
    };
  }
}
