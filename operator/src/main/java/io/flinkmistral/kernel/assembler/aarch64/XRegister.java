package io.flinkmistral.kernel.assembler.aarch64;

/**
 * An integer register of 64 bits.
 *
 * @param number 0 to 30, or 31 for the stack's pointer, where an instruction takes that
 */
public record XRegister(int number) {
  public static final XRegister SP = new XRegister(31);

  public XRegister {
    if (number < 0 || number > 31) {
      throw new IllegalArgumentException("register x%d: there are 31".formatted(number));
    }
  }

  public static XRegister x(int number) {
    return new XRegister(number);
  }
}
