package io.flinkmistral.kernel.assembler;

/**
 * What the manual lists for a vector instruction: in {@code VEX.256.66.0F38.W0 50 /r} prefix, map,
 * W and number.
 *
 * @param wide W
 * @param memory what it reads of memory
 */
record Opcode(Prefix prefix, Map map, boolean wide, int number, MemorySize memory) {
  enum Prefix {
    NONE,
    P66,
    PF3
  }

  /** In the order of their codes, from 1 on. */
  enum Map {
    M0F,
    M0F38,
    M0F3A;

    int code() {
      return ordinal() + 1;
    }
  }

  /** What an instruction reads of memory, which is what EVEX counts displacements in. */
  enum MemorySize {
    VECTOR,
    HALF_VECTOR,
    QUARTER_VECTOR,
    INT
  }

  static Opcode m0F(Prefix prefix, int number) {
    return new Opcode(prefix, Map.M0F, false, number, MemorySize.VECTOR);
  }

  static Opcode m0F38(Prefix prefix, int number) {
    return new Opcode(prefix, Map.M0F38, false, number, MemorySize.VECTOR);
  }

  static Opcode m0F3A(Prefix prefix, int number) {
    return new Opcode(prefix, Map.M0F3A, false, number, MemorySize.VECTOR);
  }

  /** The same with W1. */
  Opcode w1() {
    return new Opcode(prefix, map, true, number, memory);
  }

  Opcode ofMemory(MemorySize size) {
    return new Opcode(prefix, map, wide, number, size);
  }
}
