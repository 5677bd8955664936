package io.flinkmistral.host;

/** The same number of threads for ever. */
record FixedShare(int most) implements CoreShare {
  @Override
  public int now() {
    return most;
  }

  @Override
  public CoreUse use() {
    return CoreUse.ALONE;
  }

  @Override
  public void close() {}
}
