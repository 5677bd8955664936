package io.flinkmistral.kernel.machine;

import java.util.Set;

/**
 * Which machine code this host runs.
 *
 * @param instructionSets the fastest first; none where there is no machine code
 * @param whyNot why there are no others
 */
public record Host(Set<InstructionSet> instructionSets, String whyNot) {
  /** Asked once. */
  private static final class Asked {
    private static final Host HOST = ask();
  }

  /** This one. */
  public static Host get() {
    return Asked.HOST;
  }

  private static Host ask() {
    boolean isArm = System.getProperty("os.arch").equals("aarch64");
    String least = isArm ? "no products of bytes (SDOT)" : "not even AVX2";
    try {
      Set<InstructionSet> found =
          isArm ? ArmFeatures.instructionSets() : CpuFeatures.instructionSets();
      return new Host(found, "its CPU has " + (found.isEmpty() ? least : "only " + found));
    } catch (UnsupportedOperationException e) {
      return new Host(Set.of(), e.getMessage());
    }
  }
}
