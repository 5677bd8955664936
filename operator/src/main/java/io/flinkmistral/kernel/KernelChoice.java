package io.flinkmistral.kernel;

import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.machine.InstructionSet;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which kernels multiply: machine code of an instruction set, or Java's vectors alone. All give the
 * same bits.
 */
public enum KernelChoice {
  /** The fastest that this host has; the property {@code flinkmistral.kernels} may name another. */
  AUTO(Optional.empty()),
  AVX512_VNNI(Optional.of(InstructionSet.AVX512_VNNI)),
  AVX_VNNI(Optional.of(InstructionSet.AVX_VNNI)),
  AVX2(Optional.of(InstructionSet.AVX2)),
  NEON_DOTPROD(Optional.of(InstructionSet.NEON_DOTPROD)),
  VECTOR(Optional.empty());

  private static final Logger LOG = LoggerFactory.getLogger(KernelChoice.class);
  private static final String PROPERTY = "flinkmistral.kernels";

  /** Weights are packed for vectors of so many bits or more. */
  static final int PACKING_BITS = 256;

  private final Optional<InstructionSet> instructionSet;

  KernelChoice(Optional<InstructionSet> instructionSet) {
    this.instructionSet = instructionSet;
  }

  /** All names that {@link #ofName} takes. */
  public static List<String> names() {
    return Arrays.stream(values()).map(KernelChoice::optionName).toList();
  }

  /** As options have it: {@code avx512-vnni}. */
  public String optionName() {
    return nameOf(this);
  }

  /** The same of an instruction set. */
  static String nameOf(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * @throws IllegalArgumentException if there is no such choice
   */
  public static KernelChoice ofName(String name) {
    return Arrays.stream(values())
        .filter(choice -> choice.optionName().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there are no kernels %s, but %s".formatted(name, String.join(", ", names()))));
  }

  /** The property's, where this is {@link #AUTO}. */
  KernelChoice orOfProperty() {
    return this == AUTO ? ofName(System.getProperty(PROPERTY, AUTO.optionName())) : this;
  }

  /**
   * What machine code is made of, or nothing for Java's vectors alone.
   *
   * @param vectorBits of Java's vectors, which do what is beside machine code
   * @throws IllegalArgumentException if the host has not what was chosen by name, or cannot use it
   */
  Optional<InstructionSet> on(Host host, int vectorBits) {
    if (this == AUTO) {
      return fastest(host, vectorBits);
    }
    if (instructionSet.isPresent() && !host.instructionSets().contains(instructionSet.get())) {
      throw new IllegalArgumentException(
          "kernels %s are not for this host: %s; take auto".formatted(optionName(), host.whyNot()));
    }
    if (instructionSet.isPresent() && !takes(vectorBits, instructionSet.get())) {
      throw new IllegalArgumentException(
          "kernels %s: %s; take auto, or leave out what narrows them (flinkmistral.vectorBits, UseAVX)"
              .formatted(optionName(), tooNarrow(vectorBits)));
    }
    return instructionSet;
  }

  private static Optional<InstructionSet> fastest(Host host, int vectorBits) {
    Optional<InstructionSet> fastest = host.instructionSets().stream().findFirst();
    if (fastest.isEmpty()) {
      LOG.info("no machine code for products, but Java's vectors: {}", host.whyNot());
    } else if (!takes(vectorBits, fastest.get())) {
      LOG.info("no machine code: {}", tooNarrow(vectorBits));
      return Optional.empty();
    }
    return fastest;
  }

  /** Where vectors never have more than 128 bits, weights are packed for machine code alone. */
  static boolean takes(int vectorBits, InstructionSet set) {
    return vectorBits >= Math.min(PACKING_BITS, set.bits());
  }

  private static String tooNarrow(int vectorBits) {
    return "machine code takes packed weights, which are for Java's vectors of %d bits or more, and this JVM has %d"
        .formatted(PACKING_BITS, vectorBits);
  }
}
