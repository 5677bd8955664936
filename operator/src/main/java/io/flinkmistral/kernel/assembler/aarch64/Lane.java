package io.flinkmistral.kernel.assembler.aarch64;

/** 32 bits of a vector register, which an instruction takes for all lanes. */
public record Lane(int number, Of of, int index) implements VectorOperand {
  /** What it is: an int or float, or four bytes. */
  public enum Of {
    S,
    B4
  }

  public Lane {
    if (index < 0 || index > 3) {
      throw new IllegalArgumentException("lane %d: there are 4".formatted(index));
    }
  }
}
