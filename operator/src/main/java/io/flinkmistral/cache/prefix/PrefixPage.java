package io.flinkmistral.cache.prefix;

import io.flinkmistral.cache.page.SharedPage;

/**
 * A full page that sequences can share: keys and values of its tokens behind those before it.
 * Guarded by its {@link PrefixCache}.
 */
final class PrefixPage implements PrefixPlace {
  private final PrefixKey key;
  private final SharedPage memory;
  private boolean kept = true;

  PrefixPage(PrefixKey key, SharedPage memory) {
    this.key = key;
    this.memory = memory;
  }

  PrefixKey key() {
    return key;
  }

  PrefixPlace before() {
    return key.before();
  }

  SharedPage memory() {
    return memory;
  }

  /** Whether it can be found, and be followed. */
  boolean isKept() {
    return kept;
  }

  /** The cache holds it no more; others may. */
  void letGo() {
    kept = false;
    memory.release();
  }

  @Override
  public long hash() {
    return key.hash();
  }

  @Override
  public int pages() {
    return key.before().pages() + 1;
  }
}
