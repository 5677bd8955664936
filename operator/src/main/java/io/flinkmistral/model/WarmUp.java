package io.flinkmistral.model;

import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.tensor.DataType;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What a model does beside its passes until it is as fast as it will be.
 *
 * <p>A large model begins with kernels for one token and for many, and with weights as their file
 * has them: to pack them all takes as long as some passes, most of it to get new memory from the
 * system, while a pass that packs for itself takes a fraction of that. So the first answer does not
 * wait. The kernels for a few tokens are compiled after the first pass, beside the next ones. The
 * weights are packed when there is nothing else to do, or else before the next {@link #PASSES}.
 *
 * <p>For one thread at a time, which is the one that runs the passes.
 */
final class WarmUp {
  /** Passes after the first that pack what is left: more would each be slow for longer. */
  private static final int PASSES = 2;

  private final WeightPacking packing;
  private final int share;

  /** Compiles the kernels for a few tokens. */
  private final Optional<Thread> few;

  private boolean passed;

  private WarmUp(WeightPacking packing, Optional<Thread> few) {
    this.packing = packing;
    this.share = Math.ceilDiv(packing.left(), PASSES);
    this.few = few;
  }

  /** Makes a small model as fast as it will be, but for what HotSpot finds out by itself. */
  static WarmUp whole(WeightPacking packing) {
    packing.all();
    return new WarmUp(packing, Optional.empty());
  }

  /**
   * Compiles what the first pass of a large model takes.
   *
   * @param types of the weights
   * @param threads that call what is to be compiled
   */
  static WarmUp begin(WeightPacking packing, Kernels kernels, Set<DataType> types, int threads) {
    try (ExecutorService compiling = Executors.newFixedThreadPool(threads)) {
      kernels.warmUp(types, compiling);
    }
    Thread few =
        Thread.ofPlatform()
            .daemon()
            .name("kernel-warm-up")
            .unstarted(() -> kernels.warmUpFew(types, Runnable::run));
    return new WarmUp(packing, Optional.of(few));
  }

  /** Packs a pass's share of the weights, but for the first pass. */
  void beforePass() {
    for (int i = 0; passed && i < share && packNext(); i++) {}
  }

  void afterPass() {
    passed = true;
    startFew();
  }

  /** Packs one more matrix; whether there was one. */
  boolean packNext() {
    return packing.next();
  }

  /** Waits for all that is compiled, and packs all. */
  void complete() throws InterruptedException {
    packing.all();
    startFew();
    if (few.isPresent()) {
      few.get().join();
    }
  }

  private void startFew() {
    few.filter(thread -> thread.getState() == Thread.State.NEW).ifPresent(Thread::start);
  }
}
