package io.flinkmistral.kernel.machine.product;

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
  private static final int BLOCKS = 2;
  private static final int COLUMNS = BLOCKS * PanelFormat.COLUMNS;

  private final MemorySegment panel;
  private final float[] in;
  private final float[] expected;

  /**
   * @param tokens most of a kernel
   */
  SelfTest(PanelFormat format, int tokens) {
    Random random = new Random(1);
    byte[] weights = new byte[BLOCKS * format.blockBytes()];
    random.nextBytes(weights);
    panel = NativeMemory.allocateFew(weights.length);
    MemorySegment.copy(weights, 0, panel, ValueLayout.JAVA_BYTE, 0, weights.length);
    for (int block = 0; block < BLOCKS; block++) {
      for (int row = 0; row < PanelFormat.ROWS; row++) {
        short scale = Float.floatToFloat16(random.nextFloat(-2, 2));
        int at = block * format.blockBytes() + format.scale(row);
        panel.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, scale);
      }
    }
    in = new float[tokens * COLUMNS];
    for (int i = 0; i < in.length; i++) {
      in[i] = random.nextFloat(-1, 1);
    }
    // A block of zeros, one of a code alone, and one of the greatest codes.
    Arrays.fill(in, COLUMNS, COLUMNS + 32, 0);
    in[COLUMNS + 33] = 1e30f;
    Arrays.fill(in, 2 * COLUMNS, 2 * COLUMNS + 32, -3);
    expected = new PlainProduct(format, panel, in, COLUMNS).outputs();
  }

  /** The weights. */
  MemorySegment panel() {
    return panel;
  }

  /** Whether the kernel of so many tokens gives the same bits. */
  boolean passes(ProductKernels kernels, int tokens) {
    long inputBytes = kernels.inputBytes(tokens, COLUMNS);
    long outBytes = (long) tokens * PanelFormat.ROWS * Float.BYTES;
    MemorySegment floats = NativeMemory.allocateFew(COLUMNS * Float.BYTES);
    MemorySegment inputs = NativeMemory.allocateFew(inputBytes);
    MemorySegment out = NativeMemory.allocateFew(outBytes);
    for (int t = 0; t < tokens; t++) {
      MemorySegment.copy(in, t * COLUMNS, floats, ValueLayout.JAVA_FLOAT, 0, COLUMNS);
      kernels.round(floats, COLUMNS, inputs, t, tokens);
    }
    kernels.multiply(panel.address(), COLUMNS, inputs.address(), tokens, out.address());
    float[] actual = out.toArray(ValueLayout.JAVA_FLOAT);
    return Arrays.equals(actual, Arrays.copyOf(expected, actual.length));
  }
}
