package io.flinkmistral.kernel.machine.attention;

import io.flinkmistral.kernel.machine.GuardPages;
import io.flinkmistral.kernel.machine.GuardedJvm;
import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.attention.AttentionShape.Numbers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every kernel of attention with each of its buffers between pages that cannot be touched, in a JVM
 * of its own.
 */
@Timeout(120)
class GuardedAttentionTest {
  @TempDir private Path folder;

  /** What the tests run: with an argument, it reads too far. */
  static final class Program {
    public static void main(String[] args) {
      int tooFar = args.length;
      int kernels = 0;
      for (InstructionSet set : Host.get().instructionSets()) {
        for (Numbers numbers : Numbers.values()) {
          for (int headDim : new int[] {32, 96, 128}) {
            AttentionShape shape = new AttentionShape(numbers, headDim, 16, 32);
            AttentionKernels code = AttentionKernels.of(set, shape);
            for (int n = 1; n <= AttentionKernels.mostQueries(set); n *= 2) {
              for (boolean before : new boolean[] {false, true}) {
                run(code, n, 16, before, tooFar);
                run(code, n, 5, before, tooFar);
              }
              kernels++;
            }
          }
        }
      }
      System.out.println(kernels + " kernels");
    }

    private static void run(
        AttentionKernels code, int n, int positions, boolean before, int tooFar) {
      AttentionShape shape = code.shape();
      Random random = new Random(n);
      Piece keys = piece(shape, 16, before, random);
      // Fetched ahead: it need not be there.
      Piece nothing = new Piece(0, 0, 0);
      Piece values = piece(shape, positions, before, random);
      Piece longer = new Piece(values.numbers(), values.scales(), positions + tooFar);
      float[] query = new float[n * shape.headDim()];
      for (int i = 0; i < query.length; i++) {
        query[i] = (float) random.nextGaussian();
      }
      MemorySegment queries = GuardPages.allocate(4L * query.length, before);
      MemorySegment.copy(query, 0, queries, ValueLayout.JAVA_FLOAT, 0, query.length);
      long between = (n - 1L) * shape.scoresStride();
      MemorySegment scores = GuardPages.allocate(between + 64, before);
      code.scores(table(keys, nothing, before), 1, queries, n, 0.5f, scores);
      PlainAttention plain = new PlainAttention(shape);
      float[] expected = plain.scores(List.of(keys), query, 0.5f);
      compare(scores, Arrays.copyOf(expected, Math.toIntExact(between / 4 + 16)));
      MemorySegment result = GuardPages.allocate(AttentionKernels.RESULT_BYTES, before);
      for (int q = 0; q < n; q++) {
        code.softmax(scores.asSlice((long) q * shape.scoresStride(), 64), 16, result);
        PlainAttention.softmax(expected, q * shape.span(), 16);
      }
      compare(scores, Arrays.copyOf(expected, Math.toIntExact(between / 4 + 16)));
      MemorySegment exponentials = GuardPages.allocate(between + 4L * positions, before);
      exponentials.copyFrom(scores.asSlice(0, exponentials.byteSize()));
      MemorySegment sums = GuardPages.allocate(4L * query.length, before);
      code.addValues(table(longer, nothing, before), 1, positions, exponentials, n, sums);
      float[] expectedSums = new float[query.length];
      plain.addValues(List.of(values), expected, expectedSums);
      compare(sums, expectedSums);
    }

    private static MemorySegment table(Piece piece, Piece behind, boolean before) {
      MemorySegment table = GuardPages.allocate(2L * Piece.BYTES, before);
      piece.write(table, 0);
      behind.write(table, 1);
      return table;
    }

    private static Piece piece(AttentionShape shape, int positions, boolean before, Random random) {
      int count = shape.headDim() * positions;
      MemorySegment numbers = GuardPages.allocate((long) count * shape.numbers().bytes(), before);
      if (shape.numbers().areScaled()) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        numbers.copyFrom(MemorySegment.ofArray(bytes));
        return new Piece(
            numbers.address(), halves(count / 32, before, random).address(), positions);
      }
      writeHalves(numbers, count, random);
      return new Piece(numbers.address(), 0, positions);
    }

    private static MemorySegment halves(int count, boolean before, Random random) {
      MemorySegment memory = GuardPages.allocate(2L * count, before);
      writeHalves(memory, count, random);
      return memory;
    }

    private static void writeHalves(MemorySegment memory, int count, Random random) {
      for (int i = 0; i < count; i++) {
        short half = Float.floatToFloat16((float) random.nextGaussian() / 8);
        memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, half);
      }
    }

    private static void compare(MemorySegment actual, float[] expected) {
      float[] numbers = actual.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      for (int i = 0; i < expected.length; i++) {
        boolean isBetween = expected[i] == 0;
        if (!isBetween && Float.floatToIntBits(numbers[i]) != Float.floatToIntBits(expected[i])) {
          throw new AssertionError("number %d: %s, %s".formatted(i, numbers[i], expected[i]));
        }
      }
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
