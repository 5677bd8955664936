package io.flinkmistral.kernel.machine.product;

import io.flinkmistral.kernel.machine.GuardPages;
import io.flinkmistral.kernel.machine.GuardedJvm;
import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.codes.PanelFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every kernel with each of its buffers between pages that cannot be touched, in a JVM of its own:
 * it ends where a kernel reads or writes a byte that is not its own.
 */
@Timeout(120)
class GuardedKernelsTest {
  @TempDir private Path folder;

  /** What the tests run: with an argument, it reads too far. */
  static final class Program {
    public static void main(String[] args) {
      boolean tooFar = args.length > 0;
      int kernels = 0;
      for (InstructionSet set : Host.get().instructionSets()) {
        for (PanelFormat format : PanelFormat.values()) {
          ProductKernels code = ProductKernels.of(set, format);
          for (int tokens = 1; tokens <= code.mostTokens(); tokens++) {
            for (int blocks = 1; blocks <= 2; blocks++) {
              run(code, tokens, blocks, false, tooFar ? 1 : 0);
              run(code, tokens, blocks, true, tooFar ? 1 : 0);
            }
            kernels++;
          }
        }
      }
      System.out.println(kernels + " kernels");
    }

    private static void run(
        ProductKernels code, int tokens, int blocks, boolean before, int tooFar) {
      PanelFormat format = code.format();
      int columns = blocks * format.blockColumns();
      int read = columns + tooFar * format.blockColumns();
      Random random = new Random(columns);
      MemorySegment weights = panel(format, blocks, random, before);
      MemorySegment floats = GuardPages.allocate(4L * columns, before);
      MemorySegment inputs = GuardPages.allocate(code.inputBytes(tokens, columns), before);
      MemorySegment out = GuardPages.allocate(256L * tokens, before);
      float[] in = new float[tokens * columns];
      for (int i = 0; i < in.length; i++) {
        in[i] = random.nextFloat(-1, 1);
      }
      for (int t = 0; t < tokens; t++) {
        MemorySegment.copy(in, t * columns, floats, ValueLayout.JAVA_FLOAT, 0, columns);
        code.round(floats, columns, inputs, t, tokens);
      }
      code.multiply(weights.address(), read, inputs.address(), tokens, out.address());
      float[] expected = new PlainProduct(format, weights, in, columns).outputs();
      float[] actual = out.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      for (int i = 0; i < expected.length; i++) {
        if (Float.floatToIntBits(actual[i]) != Float.floatToIntBits(expected[i])) {
          throw new AssertionError("%s, %d tokens: %d".formatted(format, tokens, i));
        }
      }
    }

    /** Whose halves have no exponent of ones. */
    private static MemorySegment panel(
        PanelFormat format, int blocks, Random random, boolean before) {
      byte[] bytes = new byte[blocks * format.blockBytes()];
      random.nextBytes(bytes);
      for (int block = 0; block < blocks; block++) {
        for (int row = 0; row < PanelFormat.ROWS; row++) {
          for (int i = 0; i < (format.hasMins() ? 2 : 1); i++) {
            int half = format.hasHead() ? format.head(row, i == 1) : format.scale(row, i == 1);
            bytes[block * format.blockBytes() + half + 1] &= (byte) 0xbf;
          }
        }
      }
      MemorySegment memory = GuardPages.allocate(bytes.length, before);
      MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
      return memory;
    }
  }

  @Test
  void kernelsTouchWhatTheyAreGivenOnly() throws Exception {
    Assumptions.assumeFalse(Host.get().instructionSets().isEmpty());
    GuardedJvm.run(folder, Program.class).assertPassed();
  }

  @Test
  void oneThatReadsTooFarIsFound() throws Exception {
    Assumptions.assumeFalse(Host.get().instructionSets().isEmpty());
    GuardedJvm.run(folder, Program.class, "too far").assertStoppedByAGuardPage();
  }
}
