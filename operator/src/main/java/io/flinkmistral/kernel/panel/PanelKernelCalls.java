package io.flinkmistral.kernel.panel;

import io.flinkmistral.kernel.bytecode.KernelWarmUp;
import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.layout.QuantizedInput;
import io.flinkmistral.kernel.memory.NativeMemory;
import io.flinkmistral.kernel.panel.PanelKernel.Constants;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/** Calls of a {@link PanelKernel} with weights, inputs and outputs of their own. */
public final class PanelKernelCalls implements KernelWarmUp.Calls {
  private final PanelKernel kernel;

  /** Of a short call. */
  private final int rows;

  private final int columns;

  /** Inputs of a short call. */
  private final int unit;

  /** Of a call that repeats all loops. */
  private final int panels;

  private final long panelBytes;
  private final long outBytes;
  private final MemorySegment weights;
  private final int[] inputs;
  private final MemorySegment out;
  private final MemorySegment scratch;

  public PanelKernelCalls(PanelKernel kernel) {
    this.kernel = kernel;
    Constants constants = kernel.constants();
    PanelLayout layout = constants.layout();
    panels = constants.spreads() ? 2 : 1;
    rows = constants.group() == PanelLayout.ROWS ? constants.rows() : constants.group();
    // For one token the steps of a word are no loop.
    columns = layout.codes().isPresent() && constants.tokens() == 1 ? 128 : 32;
    int block = Math.max(columns, layout.blockColumns());
    unit = constants.inputs() * QuantizedInput.size(layout, columns);
    inputs = new int[constants.inputs() * QuantizedInput.size(layout, block + columns)];
    int allocated = 2 * block;
    panelBytes = layout.bytes(allocated);
    weights = NativeMemory.allocateFew(panels * panelBytes);
    outBytes = PanelLayout.FLOAT.bytes(constants.widens() ? allocated : constants.tokens());
    out = NativeMemory.allocateFew(panels * outBytes);
    scratch = NativeMemory.allocateFew(constants.scratchBytes(panels));
  }

  @Override
  public void withoutColumns() {
    call(0, rows, 1);
  }

  @Override
  public void few() {
    call(unit, rows, 1);
  }

  @Override
  public void more() {
    call(2 * unit, rows, 1);
  }

  @Override
  public void all() {
    call(inputs.length, PanelLayout.ROWS, panels);
  }

  @Override
  public long productsOfFew() {
    return (long) rows * columns * kernel.constants().inputs();
  }

  private void call(int count, int rows, int panels) {
    kernel
        .code()
        .multiply(
            weights.address(),
            inputs,
            0,
            count,
            out.address(),
            scratch.address(),
            panels,
            panelBytes,
            outBytes,
            0,
            rows,
            kernel.constants().shift());
    Reference.reachabilityFence(this);
  }
}
