package io.flinkmistral.kernel.assembler.aarch64;

/** The lowest bits of a vector register, as memory has them. */
public record Scalar(int number, Size size) {
  /** Bytes as powers of two. */
  public enum Size {
    S(2),
    D(3),
    Q(4);

    private final int log;

    Size(int log) {
      this.log = log;
    }

    int log() {
      return log;
    }
  }
}
