package io.flinkmistral.kernel.machine.product;

import io.flinkmistral.kernel.assembler.Code;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.codes.PanelFormat;
import io.flinkmistral.kernel.machine.product.aarch64.NeonProductWriter;
import io.flinkmistral.kernel.machine.product.aarch64.NeonRoundingWriter;

/** Who writes kernels for which kind of CPU. */
final class KernelWriters {
  private KernelWriters() {}

  /** Most tokens of a kernel. */
  static int mostTokens(InstructionSet set) {
    return switch (set.architecture()) {
      case X86_64 -> ProductWriter.mostTokens(set);
      case AARCH64 -> NeonProductWriter.MOST_TOKENS;
    };
  }

  /** What rounds inputs. */
  static Code rounding(InstructionSet set, PanelFormat format) {
    return switch (set.architecture()) {
      case X86_64 -> new RoundingWriter(format).write();
      case AARCH64 -> new NeonRoundingWriter(format).write();
    };
  }

  /** What multiplies. */
  static Code product(InstructionSet set, PanelFormat format, int tokens) {
    return switch (set.architecture()) {
      case X86_64 -> new ProductWriter(format, set, tokens).write();
      case AARCH64 -> new NeonProductWriter(format, tokens).write();
    };
  }
}
