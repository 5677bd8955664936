package io.flinkmistral.kernel.pool;

import io.flinkmistral.host.CoreUse;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * How long a thread that waits spins before it sleeps.
 *
 * <p>On processors that nobody else wants, spinning costs nothing, and who spins goes on in a
 * fraction of a microsecond; to wake a thread that sleeps costs as much as a small product. But a
 * thread that spins where others wait takes their time away, or that of a quota. So where
 * processors are shared it gives its own away after some microseconds, and again as soon as it has
 * it back; and where time counts it sleeps at once.
 *
 * <p>That processors are shared the spinning thread sees by itself: time goes missing, since the
 * system gave the processor to another.
 */
final class Patience {
  /**
   * Half a millisecond: longer than what lies between two products of a forward pass, most of which
   * take less than that.
   */
  private static final long ALONE_NANOS = 500_000;

  /** What it takes to put a thread to sleep and to wake it. */
  private static final long SPIN_NANOS = 5_000;

  /** Longer than the shortest waits, of which there are the most. */
  private static final long YIELD_NANOS = 100_000;

  /** More than interrupts take, and less than the system's shortest turns. */
  private static final long MISSING_NANOS = 300_000;

  /** How long processors count as shared after time was missing. */
  private static final long SHARED_NANOS = 200_000_000;

  private final LongSupplier nanos;
  private final Runnable yielding;

  /** When they no longer count as shared; any thread's word will do. */
  private volatile long sharedUntil;

  /**
   * @param nanos a time that only grows
   * @param yielding gives the processor to another thread that wants it
   */
  Patience(LongSupplier nanos, Runnable yielding) {
    this.nanos = nanos;
    this.yielding = yielding;
    this.sharedUntil = nanos.getAsLong();
  }

  Patience() {
    this(System::nanoTime, Thread::yield);
  }

  /** Waits until {@code over} says so, or for as long as it is worth it; whether it is over. */
  boolean await(BooleanSupplier over, CoreUse use) {
    if (over.getAsBoolean()) {
      return true;
    }
    long start = nanos.getAsLong();
    boolean shared = use == CoreUse.SHARED || start - sharedUntil < 0;
    long spin = use == CoreUse.ALONE && !shared ? ALONE_NANOS : SPIN_NANOS;
    long limit = use == CoreUse.METERED || !shared ? spin : YIELD_NANOS;
    for (long last = start; ; ) {
      if (last - start < spin) {
        Thread.onSpinWait();
      } else {
        yielding.run();
      }
      boolean isOver = over.getAsBoolean();
      long now = nanos.getAsLong();
      if (now - last > MISSING_NANOS) {
        sharedUntil = now + SHARED_NANOS;
      }
      if (isOver || now - start >= limit) {
        return isOver;
      }
      last = now;
    }
  }
}
