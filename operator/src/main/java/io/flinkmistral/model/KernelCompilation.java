package io.flinkmistral.model;

import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.bytecode.CacheReading;
import io.flinkmistral.kernel.bytecode.PassSize;
import io.flinkmistral.model.attention.Attention;
import io.flinkmistral.tensor.DataType;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Has a model's kernels compiled when passes take them, or before, the first ones at once. */
final class KernelCompilation {
  private final Kernels kernels;
  private final Set<DataType> types;
  private final CacheReading reading;
  private final int threads;

  /** Compiles the first kernels, and ends. */
  private final ExecutorService first;

  private final Stage many = new Stage(PassSize.MANY);
  private final Stage few = new Stage(PassSize.FEW);
  private final Thread rest =
      Thread.ofPlatform().daemon().name("kernel-warm-up").unstarted(this::compileRest);

  /** Kernels for one size of passes. */
  private final class Stage {
    private final PassSize size;
    private boolean compiled;

    Stage(PassSize size) {
      this.size = size;
    }

    /** Waits where another thread is about it. Whether there was something to compile. */
    synchronized boolean compile(int threads) {
      if (compiled) {
        return false;
      }
      try (ExecutorService compiling = Executors.newFixedThreadPool(threads)) {
        kernels.warmUp(size, types, reading, compiling);
      }
      compiled = true;
      return true;
    }
  }

  /**
   * Begins to compile the first kernels; see {@link #awaitFirst}.
   *
   * @param types of the weights
   * @param reading what {@link Attention#reading} says
   * @param threads that call what is to be compiled
   */
  KernelCompilation(Kernels kernels, Set<DataType> types, CacheReading reading, int threads) {
    this.kernels = kernels;
    this.types = types;
    this.reading = reading;
    this.threads = threads;
    this.first = Executors.newFixedThreadPool(threads);
    kernels.warmUp(PassSize.FIRST, types, reading, first);
    first.shutdown();
  }

  /** Waits until the first kernels are compiled. */
  void awaitFirst() {
    first.close();
  }

  /** Compiles kernels for prompts; whether they were not yet. */
  boolean forPrompts() {
    return many.compile(threads);
  }

  /** Begins to compile all that is left, beside passes. */
  void startRest() {
    if (rest.getState() == Thread.State.NEW) {
      rest.start();
    }
  }

  private void compileRest() {
    many.compile(1);
    few.compile(1);
  }

  /** Compiles all, and waits for it. */
  void all() throws InterruptedException {
    forPrompts();
    startRest();
    rest.join();
  }
}
