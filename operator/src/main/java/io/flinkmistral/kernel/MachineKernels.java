package io.flinkmistral.kernel;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.attention.AttentionKernels;
import io.flinkmistral.kernel.machine.attention.AttentionShape;
import io.flinkmistral.kernel.machine.codes.PanelFormat;
import io.flinkmistral.kernel.machine.product.ProductKernels;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Machine code for packed weights and attention, made when it is first asked for. */
final class MachineKernels {
  private static final Logger LOG = LoggerFactory.getLogger(MachineKernels.class);

  private final InstructionSet set;
  private final BiFunction<InstructionSet, PanelFormat, ProductKernels> making;
  private final BiFunction<InstructionSet, AttentionShape, AttentionKernels> makingAttention;
  private final Map<PanelLayout, Optional<ProductKernels>> kernels = new ConcurrentHashMap<>();
  private final Map<AttentionShape, Optional<AttentionKernels>> attention =
      new ConcurrentHashMap<>();

  /**
   * @param set one that this host has
   */
  MachineKernels(InstructionSet set) {
    this(set, ProductKernels::of, AttentionKernels::of);
  }

  /**
   * @param making throws what {@link ProductKernels#of} does
   * @param makingAttention alike
   */
  MachineKernels(
      InstructionSet set,
      BiFunction<InstructionSet, PanelFormat, ProductKernels> making,
      BiFunction<InstructionSet, AttentionShape, AttentionKernels> makingAttention) {
    this.set = set;
    this.making = making;
    this.makingAttention = makingAttention;
  }

  /** What it is made of and for, without what has turned out not to work here so far. */
  String description() {
    List<String> failed =
        Stream.of(kernels, attention)
            .flatMap(made -> made.entrySet().stream())
            .filter(made -> made.getValue().isEmpty() && isExpected(made.getKey()))
            .map(made -> made.getKey().toString())
            .sorted()
            .toList();
    String all =
        KernelChoice.nameOf(set)
            + " machine code for weights of 2 to 8 bits"
            + (set.hasAttention() ? " and attention" : "");
    return failed.isEmpty() ? all : all + " (but not for %s)".formatted(String.join(", ", failed));
  }

  private static boolean isExpected(Object key) {
    return !(key instanceof PanelLayout layout) || format(layout).isPresent();
  }

  /** Kernels for weights that lie so, if there are. */
  Optional<ProductKernels> of(PanelLayout layout) {
    return kernels.computeIfAbsent(layout, this::make);
  }

  private Optional<ProductKernels> make(PanelLayout layout) {
    try {
      return format(layout).map(format -> making.apply(set, format));
    } catch (UnsupportedOperationException e) {
      LOG.warn("Java's vectors multiply: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** Kernels for attention over keys and values that lie so, if there are. */
  Optional<AttentionKernels> attention(AttentionShape shape) {
    return set.hasAttention() ? attention.computeIfAbsent(shape, this::make) : Optional.empty();
  }

  private Optional<AttentionKernels> make(AttentionShape shape) {
    try {
      return Optional.of(makingAttention.apply(set, shape));
    } catch (UnsupportedOperationException e) {
      LOG.warn("Java's vectors do attention: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<PanelFormat> format(PanelLayout layout) {
    return switch (layout) {
      case BYTE -> Optional.of(PanelFormat.BYTE);
      case SCALED_BYTE -> Optional.of(PanelFormat.SCALED_BYTE);
      case TWO -> Optional.of(PanelFormat.TWO);
      case THREE -> Optional.of(PanelFormat.THREE);
      case NIBBLE -> Optional.of(PanelFormat.NIBBLE);
      case NIBBLE_ADD -> Optional.of(PanelFormat.NIBBLE_ADD);
      case NIBBLE_MIN -> Optional.of(PanelFormat.NIBBLE_MIN);
      case FIVE -> Optional.of(PanelFormat.FIVE);
      case FIVE_ADD -> Optional.of(PanelFormat.FIVE_ADD);
      case FIVE_MIN -> Optional.of(PanelFormat.FIVE_MIN);
      case SIX -> Optional.of(PanelFormat.SIX);
      case FLOAT, HALF, BFLOAT -> Optional.empty();
    };
  }
}
