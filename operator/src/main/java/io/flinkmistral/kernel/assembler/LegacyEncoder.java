package io.flinkmistral.kernel.assembler;

/** Integer instructions: {@code [REX] opcode ModRM [displacement]}. */
final class LegacyEncoder {
  private static final int REX = 0x40;
  private static final int REX_W = 0x48;
  private static final int TWO_BYTES = 0x0f;

  private final CodeBuffer code;

  LegacyEncoder(CodeBuffer code) {
    this.code = code;
  }

  /** Of 64 bits. */
  void wide(int opcode, int reg, Register rm) {
    code.write(REX_W | reg >> 3 << 2 | rm.number() >> 3);
    code.write(opcode);
    code.writeModRm(reg, rm.number());
  }

  /** Of 64 bits. */
  void wide(int opcode, int reg, Memory rm) {
    code.write(REX_W | reg >> 3 << 2 | rm.base().number() >> 3);
    code.write(opcode);
    code.writeModRm(reg, rm, 1);
  }

  /** Of 64 bits, with memory at a label: ModRM has a distance from the next instruction then. */
  void wide(int opcode, Register reg, Label rm) {
    code.write(REX_W | reg.number() >> 3 << 2);
    code.write(opcode);
    code.write((reg.number() & 7) << 3 | 0b101);
    rm.writeDistance(code);
  }

  /** Of 64 bits, the register's number being in the opcode. */
  void wideInOpcode(int opcode, Register register) {
    code.write(REX_W | register.number() >> 3);
    code.write(opcode | register.number() & 7);
  }

  /** The register's number being in the opcode. */
  void inOpcode(int opcode, Register register) {
    writeRexIfNeeded(register);
    code.write(opcode | register.number() & 7);
  }

  /** With an opcode of two bytes, of which the first is 0F. */
  void twoBytes(int opcode, int reg, Memory rm) {
    writeRexIfNeeded(rm.base());
    code.write(TWO_BYTES);
    code.write(opcode);
    code.writeModRm(reg, rm, 1);
  }

  /** A jump, with an opcode of two bytes, of which the first is 0F. */
  void jumpIf(int opcode, Label to) {
    code.write(TWO_BYTES);
    code.write(opcode);
    to.writeDistance(code);
  }

  private void writeRexIfNeeded(Register register) {
    if (register.number() >= 8) {
      code.write(REX | 1);
    }
  }
}
