package io.flinkmistral.kernel.bytecode;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a kernel with little to do until it is compiled.
 *
 * <p>HotSpot compiles a method when it was called often, and a loop of it, on its own, when that
 * was repeated often. Only the first is wanted here: the code for a loop would be thrown away, it
 * takes the compiler as long as the method's, and where it comes first nothing shows when the
 * method's is there. So a call repeats its loops few times: less than {@code Tier4BackEdgeThreshold
 * / Tier4MinInvocationThreshold}, 66. But each loop is repeated now and then, as often as it will
 * be: the compiler's code is for what it has counted, and for a loop that was never repeated it has
 * none. Most calls have no columns and return at once: they count all the same, and an interpreted
 * kernel is slow.
 */
public final class KernelWarmUp {
  private static final Logger LOG = LoggerFactory.getLogger(KernelWarmUp.class);

  /**
   * Calls of a round, which are enough for HotSpot to look how many there were. From then on it
   * counts what loops do, or later where the compiler has much to do.
   */
  private static final int CALLS = 2048;

  /** As many as come to some more calls than the {@code Tier4InvocationThreshold} of 5000. */
  private static final int ROUNDS = 3;

  /** Products a second that a kernel does only once it is compiled for good. */
  private static final double COMPILED = 2e9;

  /** What calling it and looking at the clock take beside, as those are hardly compiled yet. */
  private static final long CALL_NANOS = 2000;

  /** How many times as long it takes right after a pause, at most; an interpreted one far more. */
  private static final int COLD = 20;

  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final long POLL_NANOS = 10_000_000;

  /** Ways to call a kernel. */
  public interface Calls {
    /** Returns at once. */
    void withoutColumns();

    /** Takes so few columns that its loops are repeated seldom. */
    void few();

    /** Takes some more columns. */
    void more();

    /** Repeats all loops. */
    void all();

    /** Products of {@link #few}. */
    long productsOfFew();
  }

  /**
   * Ways to call what takes one number, of columns or rows.
   *
   * @param small repeats loops seldom
   * @param large repeats all loops
   * @param productsOfFew as many as would take as long as {@code small}
   */
  public record CallsBySize(IntConsumer call, int small, int large, long productsOfFew)
      implements Calls {
    @Override
    public void withoutColumns() {
      call.accept(0);
    }

    @Override
    public void few() {
      call.accept(small);
    }

    @Override
    public void more() {
      call.accept(2 * small);
    }

    @Override
    public void all() {
      call.accept(large);
    }
  }

  private final Calls calls;

  private KernelWarmUp(Calls calls) {
    this.calls = calls;
  }

  /**
   * Whether the kernel was compiled before long.
   *
   * @param kernel what a warning calls it if it was not
   */
  public static boolean compile(Object kernel, Calls calls) {
    boolean compiled = new KernelWarmUp(calls).run();
    if (!compiled) {
      LOG.warn(
          "{} is not compiled after {} s: others do its work, more slowly. Is the machine busy, or"
              + " the JVM out of room for code (-XX:ReservedCodeCacheSize)?",
          kernel,
          PATIENCE.toSeconds());
    }
    return compiled;
  }

  private boolean run() {
    long begin = System.nanoTime();
    callWithoutColumns();
    for (int round = 1; round < ROUNDS; round++) {
      calls.all();
      calls.more();
      calls.few();
      callWithoutColumns();
    }
    long nanos = CALL_NANOS + (long) (calls.productsOfFew() / COMPILED * 1e9);
    while (System.nanoTime() - begin < PATIENCE.toNanos()) {
      // The first reads from memory what the second finds in the caches.
      if (nanosOfFew() <= COLD * nanos && nanosOfFew() <= nanos) {
        return true;
      }
      // The compiler needs the core; and the more it has to do, the more calls it waits for.
      LockSupport.parkNanos(POLL_NANOS);
      callWithoutColumns();
    }
    return false;
  }

  private void callWithoutColumns() {
    for (int i = 0; i < CALLS; i++) {
      calls.withoutColumns();
    }
  }

  private long nanosOfFew() {
    long start = System.nanoTime();
    calls.few();
    return System.nanoTime() - start;
  }
}
