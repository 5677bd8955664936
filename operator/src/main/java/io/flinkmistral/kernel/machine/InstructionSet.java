package io.flinkmistral.kernel.machine;

/** Instructions that kernels are made of, the fastest first. */
public enum InstructionSet {
  /** Products of bytes, added to ints, in vectors of 512 bits. */
  AVX512_VNNI(512),

  /** The same in vectors of 256 bits. */
  AVX_VNNI(256),

  /** Products of bytes, added up two by two to shorts, in vectors of 256 bits. */
  AVX2(256);

  private final int bits;

  InstructionSet(int bits) {
    this.bits = bits;
  }

  /** Of a vector. */
  public int bits() {
    return bits;
  }

  /** Vector registers. */
  public int registers() {
    return bits == 512 ? 32 : 16;
  }

  /** Whether it adds products to ints at once. */
  public boolean addsToInts() {
    return this != AVX2;
  }
}
