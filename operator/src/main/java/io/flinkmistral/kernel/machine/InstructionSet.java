package io.flinkmistral.kernel.machine;

/** Instructions that kernels are made of, the fastest first, of one kind of CPU after the other. */
public enum InstructionSet {
  /** Products of bytes, added to ints, in vectors of 512 bits. */
  AVX512_VNNI(Architecture.X86_64, 512, 32),

  /** The same in vectors of 256 bits. */
  AVX_VNNI(Architecture.X86_64, 256, 16),

  /** Products of bytes, added up two by two to shorts, in vectors of 256 bits. */
  AVX2(Architecture.X86_64, 256, 16),

  /** Products of bytes, added to ints ({@code SDOT}), in vectors of 128 bits. */
  NEON_DOTPROD(Architecture.AARCH64, 128, 32);

  /** Kinds of CPUs that there is an assembler for. */
  public enum Architecture {
    X86_64,
    AARCH64
  }

  private final Architecture architecture;
  private final int bits;
  private final int registers;

  InstructionSet(Architecture architecture, int bits, int registers) {
    this.architecture = architecture;
    this.bits = bits;
    this.registers = registers;
  }

  public Architecture architecture() {
    return architecture;
  }

  /** Of a vector. */
  public int bits() {
    return bits;
  }

  /** Vector registers. */
  public int registers() {
    return registers;
  }

  /** Whether it adds products to ints at once. */
  public boolean addsToInts() {
    return this != AVX2;
  }

  /** Whether there are kernels for attention. */
  public boolean hasAttention() {
    return architecture == Architecture.X86_64;
  }
}
