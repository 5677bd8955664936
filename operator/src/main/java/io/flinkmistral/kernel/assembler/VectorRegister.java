package io.flinkmistral.kernel.assembler;

/**
 * A vector register, or the lower part of it.
 *
 * @param number 0 to 31 where all its bits are taken, 0 to 15 otherwise
 * @param bits 512 for zmm, 256 for ymm, 128 for xmm
 */
public record VectorRegister(int number, int bits) implements VectorOperand {
  public VectorRegister {
    if (bits != 128 && bits != 256 && bits != 512) {
      throw new IllegalArgumentException("a vector of %d bits".formatted(bits));
    }
    int registers = bits == 512 ? 32 : 16;
    if (number < 0 || number >= registers) {
      throw new IllegalArgumentException(
          "vector register %d: of %d bits there are %d".formatted(number, bits, registers));
    }
  }

  public static VectorRegister xmm(int number) {
    return new VectorRegister(number, 128);
  }

  public static VectorRegister ymm(int number) {
    return new VectorRegister(number, 256);
  }

  public static VectorRegister zmm(int number) {
    return new VectorRegister(number, 512);
  }

  /** Its lowest 128 bits. */
  public VectorRegister low() {
    return xmm(number);
  }

  int bytes() {
    return bits / Byte.SIZE;
  }
}
