package io.flinkmistral.kernel.machine.product.aarch64;

import static io.flinkmistral.kernel.assembler.aarch64.XRegister.x;

import io.flinkmistral.kernel.assembler.aarch64.Aarch64Assembler;
import io.flinkmistral.kernel.assembler.aarch64.VRegister;
import io.flinkmistral.kernel.assembler.aarch64.XRegister;

/** Writes constants to registers; x9 is used up. */
final class NeonConstants {
  private static final XRegister SCRATCH = x(9);

  private NeonConstants() {}

  /** An int without a sign. */
  static void set(Aarch64Assembler code, XRegister to, int value) {
    code.movz(to, value & 0xffff, 0);
    code.movk(to, value >>> Short.SIZE, Short.SIZE);
  }

  /** A float in all lanes. */
  static void floats(Aarch64Assembler code, VRegister to, float value) {
    set(code, SCRATCH, Float.floatToRawIntBits(value));
    code.dup(to.s4(), SCRATCH);
  }
}
