package io.flinkmistral.kernel.machine.product;

import io.flinkmistral.kernel.assembler.Code;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.MachineCode;
import io.flinkmistral.kernel.machine.codes.InputLayout;
import io.flinkmistral.kernel.machine.codes.PanelFormat;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Machine code for products of panels: what rounds inputs, and a kernel for each number of tokens
 * up to the most. It is checked when it is made.
 */
public final class ProductKernels {
  private static final Map<Key, ProductKernels> ALL = new ConcurrentHashMap<>();

  private final PanelFormat format;
  private final MethodHandle round;

  /** The first is for one token. */
  private final MethodHandle[] products;

  private record Key(InstructionSet set, PanelFormat format) {}

  private ProductKernels(InstructionSet set, PanelFormat format) {
    this.format = format;
    round = MachineCode.function(KernelWriters.rounding(set, format), 6);
    products = new MethodHandle[KernelWriters.mostTokens(set)];
    for (int tokens = 1; tokens <= products.length; tokens++) {
      Code code = KernelWriters.product(set, format, tokens);
      products[tokens - 1] = MachineCode.function(code, 4);
    }
    SelfTest test = new SelfTest(format, products.length);
    for (int tokens = 1; tokens <= products.length; tokens++) {
      if (!test.passes(this, tokens)) {
        throw new UnsupportedOperationException(
            "the kernel of %s for %d tokens of %s gives other results here than plain loops do"
                .formatted(set, tokens, format));
      }
    }
  }

  /**
   * Kernels of an instruction set that this host has, for weights that lie so; made once.
   *
   * @throws UnsupportedOperationException where they do not compute what they should
   */
  public static ProductKernels of(InstructionSet set, PanelFormat format) {
    return ALL.computeIfAbsent(new Key(set, format), key -> new ProductKernels(set, format));
  }

  public PanelFormat format() {
    return format;
  }

  /** Most tokens of a kernel. */
  public int mostTokens() {
    return products.length;
  }

  /** What the inputs of some tokens of one kernel take. */
  public long inputBytes(int tokens, int columns) {
    return new InputLayout(format, tokens).bytes(columns);
  }

  /**
   * Rounds a token's inputs.
   *
   * @param in floats
   * @param columns how many, a multiple of 32
   * @param inputs receives them: those of all tokens of one kernel
   * @param token which of them
   */
  public void round(MemorySegment in, int columns, MemorySegment inputs, int token, int tokens) {
    InputLayout layout = new InputLayout(format, tokens);
    // Both are looked at here, as the code looks at no bounds.
    MemorySegment from = in.asSlice(0, (long) columns * Float.BYTES);
    MemorySegment to = inputs.asSlice(0, layout.bytes(columns));
    try {
      round.invokeExact(
          from.address(),
          to.address() + layout.codes(token, 0),
          to.address() + layout.start(token),
          (long) columns / PanelFormat.INPUTS,
          (long) layout.groupBytes(),
          (long) tokens * Float.BYTES);
    } catch (Throwable e) {
      throw MachineCode.unexpected(e);
    }
    Reference.reachabilityFence(in);
    Reference.reachabilityFence(inputs);
  }

  /**
   * Adds the products of some columns of a panel.
   *
   * @param weights address of the first block
   * @param columns how many, whole blocks, one at least
   * @param inputs address of these columns' inputs
   * @param tokens 1 to {@link #mostTokens}
   * @param out address of (tokens, 64) floats
   */
  public void multiply(long weights, int columns, long inputs, int tokens, long out) {
    long blocks = columns / format.blockColumns();
    try {
      products[tokens - 1].invokeExact(weights, inputs, out, blocks);
    } catch (Throwable e) {
      throw MachineCode.unexpected(e);
    }
  }
}
