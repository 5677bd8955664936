package io.flinkmistral.kernel.machine.product;

import static io.flinkmistral.kernel.assembler.Register.RAX;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.VectorRegister;

/** Writes constants to vector registers; rax is used up. */
final class Constants {
  /** Both longs of 128 bits, in both halves. */
  private static final int LONGS_0101 = 0b01_00_01_00;

  private Constants() {}

  /** An int in all lanes. */
  static void ints(Assembler code, VectorRegister to, int value) {
    code.mov(RAX, Integer.toUnsignedLong(value));
    code.vmovd(to.low(), RAX);
    code.vpbroadcastd(to, to.low());
  }

  /** A float in all lanes. */
  static void floats(Assembler code, VectorRegister to, float value) {
    ints(code, to, Float.floatToRawIntBits(value));
  }

  /**
   * 16 bytes in both halves of 256 bits.
   *
   * @param scratch another register
   */
  static void bytes(Assembler code, VectorRegister to, byte[] bytes, VectorRegister scratch) {
    code.mov(RAX, littleEndian(bytes, 0));
    code.vmovq(to.low(), RAX);
    code.mov(RAX, littleEndian(bytes, Long.BYTES));
    code.vmovq(scratch.low(), RAX);
    code.vpunpcklqdq(to.low(), to.low(), scratch.low());
    code.vpermq(to, to, LONGS_0101);
  }

  private static long littleEndian(byte[] bytes, int from) {
    long value = 0;
    for (int i = Long.BYTES - 1; i >= 0; i--) {
      value = value << Byte.SIZE | bytes[from + i] & 0xff;
    }
    return value;
  }
}
