package io.flinkmistral.kernel.machine.product;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.VectorRegister;
import io.flinkmistral.kernel.machine.codes.Panel;

/**
 * Writes what makes floats of a group's scales, and of its mins: the offset is {@code center *
 * scale + m}, or {@code center * scale - dmin * m}.
 */
final class ScalesWriter {
  private final Assembler code;
  private final Panel panel;

  ScalesWriter(Assembler code, Panel panel) {
    this.code = code;
    this.panel = panel;
  }

  /**
   * @param scratch another register
   */
  void scale(VectorRegister to, int vector, VectorRegister scratch) {
    switch (panel.format().scales()) {
      case HALF, HALF_AND_MIN -> code.vcvtph2ps(to, panel.scale(vector));
      case HALF_TIMES_BYTE -> {
        code.vpmovsxbd(to, panel.factor(vector));
        code.vcvtdq2ps(to, to);
        code.vcvtph2ps(scratch, panel.scale(vector));
        code.vmulps(to, to, scratch);
      }
      case BYTE -> {
        code.vpmovsxbd(to, panel.scale(vector));
        multiplyByHead(to, vector, scratch);
      }
      case BYTE_AND_MIN -> {
        code.vpmovzxbd(to, panel.scale(vector));
        multiplyByHead(to, vector, scratch);
      }
    }
  }

  private void multiplyByHead(VectorRegister to, int vector, VectorRegister scratch) {
    code.vcvtdq2ps(to, to);
    code.vcvtph2ps(scratch, panel.headScale(vector));
    code.vmulps(to, to, scratch);
  }

  /**
   * @param scale of the same rows
   * @param scratch two other registers
   */
  void offset(VectorRegister to, VectorRegister scale, int vector, VectorRegister[] scratch) {
    // Twice is exact, as often as it is done.
    code.vaddps(to, scale, scale);
    for (int i = 1; i < panel.format().codes().centerBits(); i++) {
      code.vaddps(to, to, to);
    }
    if (panel.format().hasHead()) {
      // The product of a byte and a half is exact, so that it is one rounding here, too.
      code.vpmovzxbd(scratch[0], panel.min(vector));
      code.vcvtdq2ps(scratch[0], scratch[0]);
      code.vcvtph2ps(scratch[1], panel.headMin(vector));
      code.vfnmadd231ps(to, scratch[0], scratch[1]);
    } else {
      code.vcvtph2ps(scratch[0], panel.min(vector));
      code.vaddps(to, to, scratch[0]);
    }
  }
}
