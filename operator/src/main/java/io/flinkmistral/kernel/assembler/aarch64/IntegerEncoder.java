package io.flinkmistral.kernel.assembler.aarch64;

import static io.flinkmistral.kernel.assembler.aarch64.WordBuffer.field;
import static io.flinkmistral.kernel.assembler.aarch64.WordBuffer.signed;

/** Instructions of integers, of jumps and of memory. */
final class IntegerEncoder {
  private final WordBuffer code;

  IntegerEncoder(WordBuffer code) {
    this.code = code;
  }

  /** {@code opcode Rm ... Rn Rd}. */
  void registers(int opcode, int to, XRegister a, XRegister b) {
    code.write(opcode | b.number() << 16 | a.number() << 5 | to);
  }

  /** {@code opcode, 12 bits, Rn Rd}. */
  void immediate(int opcode, int to, XRegister a, int value) {
    code.write(opcode | field(value, 12, 10) | a.number() << 5 | to);
  }

  /** {@code opcode, which 16 bits, 16 bits, Rd}. */
  void wide(int opcode, XRegister to, int value, int shift) {
    if (shift % 16 != 0) {
      throw new IllegalArgumentException("shifted by %d: by multiples of 16".formatted(shift));
    }
    code.write(opcode | field(shift / 16, 2, 21) | field(value, 16, 5) | to.number());
  }

  /** One with a register in its lowest bits. */
  void lowest(int opcode, XRegister register) {
    code.write(opcode | register.number());
  }

  /**
   * {@code opcode, 12 bits, Rn Rt}.
   *
   * @param log what the offset counts, as a power of two
   */
  void memory(int opcode, int register, XRegister base, int offset, int log) {
    if (offset % (1 << log) != 0) {
      throw new IllegalArgumentException(
          "an offset of %d: it counts %d bytes".formatted(offset, 1 << log));
    }
    immediate(opcode, register, base, offset >> log);
  }

  void jump(Label to) {
    to.write(code, distance -> 0x14000000 | signed(distance >> 2, 26, 0));
  }

  /**
   * @param condition of four bits
   */
  void jumpIf(int condition, Label to) {
    to.write(code, distance -> 0x54000000 | signed(distance >> 2, 19, 5) | condition);
  }

  void address(XRegister to, Label of) {
    of.write(
        code,
        distance -> 0x10000000 | (distance & 3) << 29 | signed(distance >> 2, 19, 5) | to.number());
  }
}
