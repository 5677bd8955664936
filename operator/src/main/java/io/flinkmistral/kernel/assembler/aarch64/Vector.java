package io.flinkmistral.kernel.assembler.aarch64;

/** All lanes of a vector register. */
public record Vector(int number, Shape shape) implements VectorOperand {
  /** Lanes, by the bits of one: {@code 16B, 8H, 4S}, or of the lower half alone. */
  public enum Shape {
    B8(8),
    B16(8),
    H4(16),
    H8(16),
    S4(32);

    private final int bits;

    Shape(int bits) {
      this.bits = bits;
    }

    /** Of a lane. */
    int bits() {
      return bits;
    }
  }
}
