package io.flinkmistral.model;

import io.flinkmistral.model.attention.Attention;
import java.util.Optional;

/**
 * What a model does beside its passes until it is as fast as it will be.
 *
 * <p>A large model begins with kernels for a token or two, and with weights as their file has them:
 * to pack them all takes as long as some passes, most of it to get new memory from the system,
 * while a pass that packs for itself takes a fraction of that. So the first answer does not wait.
 * Kernels for prompts are compiled before the first prompt, those for a few tokens after the first
 * pass, beside the next ones. The weights are packed when there is nothing else to do, or else
 * before the next {@link #PASSES}.
 *
 * <p>For one thread at a time, which is the one that runs the passes.
 */
final class WarmUp {
  /** Passes after the first that pack what is left: more would each be slow for longer. */
  private static final int PASSES = 2;

  private final WeightPacking packing;
  private final Optional<KernelCompilation> compilation;
  private final int share;
  private boolean passed;

  /**
   * @param packing of which nothing is done yet
   * @param compilation of a large model's kernels; without it all is packed at once, and a small
   *     model is as fast as it will be, but for what HotSpot finds out by itself
   */
  WarmUp(WeightPacking packing, Optional<KernelCompilation> compilation) {
    if (compilation.isEmpty()) {
      packing.all();
    }
    this.packing = packing;
    this.compilation = compilation;
    this.share = Math.ceilDiv(packing.left(), PASSES);
  }

  /** Compiles what a pass of {@code tokens} tokens takes, and packs its share of the weights. */
  void beforePass(int tokens) {
    awaitFirstKernels();
    if (tokens > Attention.ONE_BY_ONE) {
      compileForPrompts();
    }
    for (int i = 0; passed && i < share && packing.next(); i++) {}
  }

  void afterPass() {
    passed = true;
    compilation.ifPresent(KernelCompilation::startRest);
  }

  /** Does one more thing for later passes; whether there was one. */
  boolean next() {
    awaitFirstKernels();
    return !passed && compileForPrompts() || packing.next();
  }

  private void awaitFirstKernels() {
    compilation.ifPresent(KernelCompilation::awaitFirst);
  }

  private boolean compileForPrompts() {
    return compilation.isPresent() && compilation.get().forPrompts();
  }

  /** Waits for all that is compiled, and packs all. */
  void complete() throws InterruptedException {
    awaitFirstKernels();
    packing.all();
    if (compilation.isPresent()) {
      compilation.get().all();
    }
  }
}
