package io.flinkmistral.kernel.machine.product;

import io.flinkmistral.kernel.machine.codes.PanelFormat;
import io.flinkmistral.kernel.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

/**
 * Holds kernels against plain loops when they are made, on one panel: CPUs, emulators and compilers
 * that are not known yet may compute something else than this one did.
 */
final class SelfTest {
  private static final int INPUTS = PanelFormat.INPUTS;

  private final int columns;
  private final MemorySegment panel;
  private final float[] in;
  private final float[] expected;

  /**
   * @param tokens most of a kernel
   */
  SelfTest(PanelFormat format, int tokens) {
    Random random = new Random(1);
    int blocks = format.hasHead() ? 1 : 2;
    columns = blocks * format.blockColumns();
    byte[] weights = new byte[blocks * format.blockBytes()];
    random.nextBytes(weights);
    panel = NativeMemory.allocateFew(weights.length);
    MemorySegment.copy(weights, 0, panel, ValueLayout.JAVA_BYTE, 0, weights.length);
    for (int block = 0; block < blocks; block++) {
      writeHalves(format, block * format.blockBytes(), random);
    }
    in = new float[tokens * columns];
    for (int i = 0; i < in.length; i++) {
      in[i] = random.nextFloat(-1, 1);
    }
    // A block of zeros, one of a code alone, and one of the greatest codes.
    Arrays.fill(in, columns, columns + INPUTS, 0);
    in[columns + INPUTS + 1] = 1e30f;
    Arrays.fill(in, 2 * columns, 2 * columns + INPUTS, -3);
    expected = new PlainProduct(format, panel, in, columns).outputs();
  }

  private void writeHalves(PanelFormat format, int block, Random random) {
    for (int row = 0; row < PanelFormat.ROWS; row++) {
      for (boolean isMin : format.hasMins() ? new boolean[] {false, true} : new boolean[1]) {
        short half = Float.floatToFloat16(random.nextFloat(-2, 2));
        int place = format.hasHead() ? format.head(row, isMin) : format.scale(row, isMin);
        panel.set(ValueLayout.JAVA_SHORT_UNALIGNED, block + place, half);
      }
    }
  }

  /** The weights. */
  MemorySegment panel() {
    return panel;
  }

  /** Whether the kernel of so many tokens gives the same bits. */
  boolean passes(ProductKernels kernels, int tokens) {
    long inputBytes = kernels.inputBytes(tokens, columns);
    long outBytes = (long) tokens * PanelFormat.ROWS * Float.BYTES;
    MemorySegment floats = NativeMemory.allocateFew((long) columns * Float.BYTES);
    MemorySegment inputs = NativeMemory.allocateFew(inputBytes);
    MemorySegment out = NativeMemory.allocateFew(outBytes);
    for (int t = 0; t < tokens; t++) {
      MemorySegment.copy(in, t * columns, floats, ValueLayout.JAVA_FLOAT, 0, columns);
      kernels.round(floats, columns, inputs, t, tokens);
    }
    kernels.multiply(panel.address(), columns, inputs.address(), tokens, out.address());
    float[] actual = out.toArray(ValueLayout.JAVA_FLOAT);
    return Arrays.equals(actual, Arrays.copyOf(expected, actual.length));
  }
}
