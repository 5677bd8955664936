package io.flinkmistral.kernel.machine.product.aarch64;

import static io.flinkmistral.kernel.assembler.aarch64.XRegister.x;

import io.flinkmistral.kernel.assembler.aarch64.Aarch64Assembler;
import io.flinkmistral.kernel.assembler.aarch64.VRegister;
import io.flinkmistral.kernel.assembler.aarch64.XRegister;
import io.flinkmistral.kernel.machine.codes.PanelFormat;

/** Reads a panel's weights, of a vector of rows at a time. */
record NeonPanel(Aarch64Assembler code, PanelFormat format) {
  /** The group of columns at hand. */
  static final XRegister GROUP = x(0);

  /** Its block, where that has a head. */
  static final XRegister BLOCK = x(4);

  /** Rows of a vector. */
  static final int LANES = 4;

  /** Vectors of rows. */
  static final int VECTORS = PanelFormat.ROWS / LANES;

  void word(VRegister to, int vector, int w) {
    code.ldr(to.q(), GROUP, format.word(vector * LANES, w));
  }

  /** Scales, or mins, that are halves. */
  void halves(VRegister to, int vector, boolean isMin) {
    code.ldr(to.d(), GROUP, format.scale(vector * LANES, isMin));
    code.fcvtl(to.s4(), to.h4());
  }

  /** Those of a block's head. */
  void headHalves(VRegister to, int vector, boolean isMin) {
    code.ldr(to.d(), BLOCK, format.head(vector * LANES, isMin));
    code.fcvtl(to.s4(), to.h4());
  }

  /** Scales, or mins, that are bytes. */
  void bytes(VRegister to, int vector, boolean isMin) {
    code.ldr(to.s(), GROUP, format.scale(vector * LANES, isMin));
    if (format.hasMins()) {
      code.uxtl(to.h8(), to.b8());
      code.uxtl(to.s4(), to.h4());
    } else {
      extend(to);
    }
    code.scvtf(to.s4(), to.s4());
  }

  /** Bytes that scales are multiplied with. */
  void factors(VRegister to, int vector) {
    code.ldr(to.s(), GROUP, format.factor(vector * LANES));
    extend(to);
    code.scvtf(to.s4(), to.s4());
  }

  private void extend(VRegister to) {
    code.sxtl(to.h8(), to.b8());
    code.sxtl(to.s4(), to.h4());
  }
}
