package io.flinkmistral.kernel.assembler;

/** Instructions of vectors of 128 and 256 bits: {@code C4 two bytes, opcode, ModRM ...}. */
final class VexEncoder {
  private final CodeBuffer code;

  VexEncoder(CodeBuffer code) {
    this.code = code;
  }

  /**
   * @param reg the register that ModRM has
   * @param other the one of the prefix, or 0
   * @param bits of vectors
   */
  void write(Opcode opcode, int reg, int other, int rm, int bits) {
    writePrefix(opcode, reg, other, rm, bits);
    code.writeModRm(reg, rm);
  }

  void write(Opcode opcode, int reg, int other, Memory rm, int bits) {
    if (rm.toAllLanes()) {
      throw new IllegalArgumentException(
          "%s for all lanes: that is of vectors of 512 bits only".formatted(rm));
    }
    writePrefix(opcode, reg, other, rm.base().number(), bits);
    code.writeModRm(reg, rm, 1);
  }

  /** The highest bits of registers and the prefix's register are inverted. */
  private void writePrefix(Opcode opcode, int reg, int other, int rm, int bits) {
    code.write(0xc4);
    code.write((~reg & 8) << 4 | 0x40 | (~rm & 8) << 2 | opcode.map().code());
    int wide = opcode.wide() ? 0x80 : 0;
    int length = bits == 256 ? 4 : 0;
    code.write(wide | (~other & 15) << 3 | length | opcode.prefix().ordinal());
    code.write(opcode.number());
  }
}
