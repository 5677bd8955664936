package io.flinkmistral.kernel.machine.codes;

import static io.flinkmistral.kernel.assembler.Register.RAX;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.VectorRegister;

/** Writes constants to vector registers; rax is used up. */
public final class Constants {
  private Constants() {}

  /** An int in all lanes. */
  public static void ints(Assembler code, VectorRegister to, int value) {
    code.mov(RAX, Integer.toUnsignedLong(value));
    code.vmovd(to.low(), RAX);
    code.vpbroadcastd(to, to.low());
  }

  /** A float in all lanes. */
  public static void floats(Assembler code, VectorRegister to, float value) {
    ints(code, to, Float.floatToRawIntBits(value));
  }
}
