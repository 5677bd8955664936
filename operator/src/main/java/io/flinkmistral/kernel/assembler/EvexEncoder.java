package io.flinkmistral.kernel.assembler;

/**
 * Instructions of vectors of 512 bits, without masks: {@code 62 three bytes, opcode, ModRM ...}.
 */
final class EvexEncoder {
  private static final int BITS_512 = 0x40;
  private static final int ALL_LANES = 0x10;

  private final CodeBuffer code;

  EvexEncoder(CodeBuffer code) {
    this.code = code;
  }

  /**
   * @param reg the register that ModRM has
   * @param other the one of the prefix, or 0
   */
  void write(Opcode opcode, int reg, int other, int rm) {
    // A register's fifth bit is where memory's index, which is not used here, has its fourth.
    writePrefix(opcode, reg, other, (~rm & 16) << 2 | (~rm & 8) << 2, 0);
    code.writeModRm(reg, rm);
  }

  void write(Opcode opcode, int reg, int other, Memory rm) {
    int noIndex = 0x40;
    int allLanes = rm.toAllLanes() ? ALL_LANES : 0;
    writePrefix(opcode, reg, other, noIndex | (~rm.base().number() & 8) << 2, allLanes);
    code.writeModRm(reg, rm, bytes(opcode, rm));
  }

  private static int bytes(Opcode opcode, Memory memory) {
    if (memory.toAllLanes()) {
      return Integer.BYTES;
    }
    return switch (opcode.memory()) {
      case VECTOR -> 64;
      case HALF_VECTOR -> 32;
      case QUARTER_VECTOR -> 16;
      case INT -> Integer.BYTES;
    };
  }

  /** All bits of registers are inverted but those in ModRM. */
  private void writePrefix(Opcode opcode, int reg, int other, int rmBits, int allLanes) {
    code.write(0x62);
    code.write((~reg & 8) << 4 | rmBits | ~reg & 16 | opcode.map().code());
    int wide = opcode.wide() ? 0x80 : 0;
    code.write(wide | (~other & 15) << 3 | 4 | opcode.prefix().ordinal());
    code.write(BITS_512 | allLanes | (~other & 16) >> 1);
    code.write(opcode.number());
  }
}
