package io.flinkmistral.kernel;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.codes.PanelFormat;
import io.flinkmistral.kernel.machine.product.ProductKernels;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Machine code for packed weights, made when a layout is first asked for. */
final class MachineKernels {
  private static final Logger LOG = LoggerFactory.getLogger(MachineKernels.class);

  private final InstructionSet set;
  private final BiFunction<InstructionSet, PanelFormat, ProductKernels> making;
  private final Map<PanelLayout, Optional<ProductKernels>> kernels = new ConcurrentHashMap<>();

  /**
   * @param set one that this host has
   */
  MachineKernels(InstructionSet set) {
    this(set, ProductKernels::of);
  }

  /**
   * @param making throws what {@link ProductKernels#of} does
   */
  MachineKernels(
      InstructionSet set, BiFunction<InstructionSet, PanelFormat, ProductKernels> making) {
    this.set = set;
    this.making = making;
  }

  InstructionSet instructionSet() {
    return set;
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
