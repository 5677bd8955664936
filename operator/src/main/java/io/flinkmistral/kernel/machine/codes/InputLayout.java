package io.flinkmistral.kernel.machine.codes;

/**
 * How the inputs of some tokens lie. For each group of columns: of each token the codes, signed
 * bytes in the order of {@link PanelFormat.Codes#column}; of each token the int that its sums start
 * with, {@code -center * sum of codes}; of each its scale, a float; and, where weights have mins,
 * of each {@code scale * sum of codes}.
 *
 * @param tokens of one kernel
 */
public record InputLayout(PanelFormat format, int tokens) {
  /** Of a group of columns of all tokens. */
  public int groupBytes() {
    int numbers = format.hasMins() ? 3 : 2;
    return tokens * (format.columns() + numbers * Integer.BYTES);
  }

  /** Where four codes are in a group. */
  public int codes(int token, int quad) {
    return token * format.columns() + quad * Integer.BYTES;
  }

  public int start(int token) {
    return number(0, token);
  }

  public int scale(int token) {
    return number(1, token);
  }

  public int total(int token) {
    return number(2, token);
  }

  private int number(int number, int token) {
    return tokens * (format.columns() + number * Integer.BYTES) + token * Integer.BYTES;
  }

  /** Of so many columns of all tokens. */
  public long bytes(int columns) {
    return (long) columns / format.columns() * groupBytes();
  }
}
