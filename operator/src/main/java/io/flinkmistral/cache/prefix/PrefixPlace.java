package io.flinkmistral.cache.prefix;

/** Where a page can follow: at the beginning of a sequence, or behind another page. */
sealed interface PrefixPlace permits PrefixPlace.Beginning, PrefixPage {
  /** Of all that stands before. */
  long hash();

  /** Full pages before. */
  int pages();

  /**
   * Nothing stands before.
   *
   * @param salt sequences of different salts have nothing in common
   */
  record Beginning(String salt, long hash) implements PrefixPlace {
    @Override
    public int pages() {
      return 0;
    }
  }
}
