package io.flinkmistral.jobs.gateway.stress;

/** How a client behaves. */
enum Manner {
  /** Without an Idempotency-Key: reads until its stream ends or breaks, and asks for it once. */
  STAYS(false, false),

  /** With one: where its stream breaks, it asks again, elsewhere, until it is whole. */
  COMES_AGAIN(true, false),

  /** Without one: goes away in the middle. */
  VANISHES(false, true),

  /** With one: goes away in the middle, and comes again. */
  VANISHES_AND_COMES_AGAIN(true, true);

  private final boolean hasKey;
  private final boolean vanishes;

  Manner(boolean hasKey, boolean vanishes) {
    this.hasKey = hasKey;
    this.vanishes = vanishes;
  }

  static Manner of(int number) {
    return values()[number % values().length];
  }

  boolean hasKey() {
    return hasKey;
  }

  boolean vanishes() {
    return vanishes;
  }
}
