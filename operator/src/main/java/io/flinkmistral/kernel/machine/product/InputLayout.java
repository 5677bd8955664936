package io.flinkmistral.kernel.machine.product;

/**
 * How the inputs of some tokens lie. For each block of 32 columns: of each token 32 codes, signed
 * bytes in the order of {@link PanelFormat#column}; of each token the int that its sums start with,
 * {@code -center * sum of codes}; and of each token its scale, a float.
 *
 * @param tokens of one kernel
 */
record InputLayout(int tokens) {
  private static final int TOKEN_BYTES = PanelFormat.COLUMNS + Integer.BYTES + Float.BYTES;

  /** Of a block of all tokens. */
  int blockBytes() {
    return tokens * TOKEN_BYTES;
  }

  /** Where four codes are in a block. */
  int codes(int token, int quad) {
    return token * PanelFormat.COLUMNS + quad * Integer.BYTES;
  }

  int start(int token) {
    return tokens * PanelFormat.COLUMNS + token * Integer.BYTES;
  }

  int scale(int token) {
    return tokens * (PanelFormat.COLUMNS + Integer.BYTES) + token * Float.BYTES;
  }

  /** Of so many columns of all tokens. */
  long bytes(int columns) {
    return (long) columns / PanelFormat.COLUMNS * blockBytes();
  }
}
