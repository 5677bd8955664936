package io.flinkmistral.kernel.machine.product.aarch64;

import io.flinkmistral.kernel.assembler.aarch64.Aarch64Assembler;
import io.flinkmistral.kernel.assembler.aarch64.VRegister;

/**
 * Writes what makes floats of a group's scales, and of its mins: the offset is {@code center *
 * scale + m}, or {@code center * scale - dmin * m}.
 */
record NeonScales(Aarch64Assembler code, NeonPanel panel) {
  /**
   * @param scratch another register
   */
  void scale(VRegister to, int vector, VRegister scratch) {
    switch (panel.format().scales()) {
      case HALF, HALF_AND_MIN -> panel.halves(to, vector, false);
      case HALF_TIMES_BYTE -> {
        panel.factors(to, vector);
        panel.halves(scratch, vector, false);
        code.fmul(to.s4(), to.s4(), scratch.s4());
      }
      case BYTE, BYTE_AND_MIN -> {
        panel.bytes(to, vector, false);
        panel.headHalves(scratch, vector, false);
        code.fmul(to.s4(), to.s4(), scratch.s4());
      }
    }
  }

  /**
   * @param scale of the same rows
   * @param scratch two other registers
   */
  void offset(VRegister to, VRegister scale, int vector, VRegister[] scratch) {
    // Twice is exact, as often as it is done.
    code.fadd(to.s4(), scale.s4(), scale.s4());
    for (int i = 1; i < panel.format().codes().centerBits(); i++) {
      code.fadd(to.s4(), to.s4(), to.s4());
    }
    if (panel.format().hasHead()) {
      // The product of a byte and a half is exact, so that it is one rounding here, too.
      panel.bytes(scratch[0], vector, true);
      panel.headHalves(scratch[1], vector, true);
      code.fmls(to.s4(), scratch[0].s4(), scratch[1].s4());
    } else {
      panel.halves(scratch[0], vector, true);
      code.fadd(to.s4(), to.s4(), scratch[0].s4());
    }
  }
}
