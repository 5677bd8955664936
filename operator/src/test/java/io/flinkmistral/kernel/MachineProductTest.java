package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.kernel.layout.Product;
import io.flinkmistral.kernel.layout.WeightMatrix;
import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.tensor.format.BlockFormat;
import io.flinkmistral.tensor.format.ByteFormat;
import io.flinkmistral.tensor.format.CodeFormat;
import io.flinkmistral.tensor.format.PlainFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products by machine code against the plain loops of {@link ScalarKernels}, bit for bit. */
@Timeout(120)
class MachineProductTest {
  private static final List<DataType> TYPES =
      Stream.of(DataType.values()).filter(QuantizedRows::takes).toList();

  private static final int[] TOKENS =
      IntStream.concat(IntStream.rangeClosed(1, 17), IntStream.of(31, 128)).toArray();

  private final Kernels oracle = new ScalarKernels(Precision.QUANTIZED);

  /** With all machine code that this CPU can do, and with Java's vectors of all widths alone. */
  static Stream<VectorKernels> all() {
    return Stream.concat(
        Host.get().instructionSets().stream().map(MachineProductTest::kernels),
        VectorKernels.widths().stream()
            .filter(bits -> bits >= 256)
            .map(bits -> VectorKernels.ofWidth(bits, Precision.QUANTIZED)));
  }

  private static VectorKernels kernels(InstructionSet code) {
    return VectorKernels.of(VectorKernels.widest(), Precision.QUANTIZED, Optional.of(code));
  }

  @ParameterizedTest
  @MethodSource("all")
  void anyNumberOfTokensGivesTheOraclesResult(VectorKernels kernels) {
    for (DataType type : TYPES) {
      int block = Math.max(32, type.blockLength());
      // One block, panels that are not full, and more columns than are packed at once.
      int more = 4096 / block + 2;
      for (int[] shape : new int[][] {{1, 1}, {64, 3}, {63, 2}, {130, 5}, {70, more}}) {
        Matrix matrix = Numbers.matrix(type, shape[0], shape[1] * block, 5);
        compare(kernels, matrix, Numbers.normal(4, 128 * matrix.columns()), TOKENS);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void theGreatestCodesGiveTheOraclesResult(VectorKernels kernels) {
    for (DataType type : TYPES) {
      for (int fill : new int[] {0, 0xff, 0x0f, 0xf0, 0x88, 0x80, 0x7f}) {
        Matrix matrix = Numbers.matrix(type, 64, 256, 5);
        matrix.data().fill((byte) fill);
        writeHalves(matrix, i -> Float.floatToFloat16(1f / (1 + i % 67)));
        float[] in = new float[17 * 256];
        for (int i = 0; i < in.length; i++) {
          // All of one sign, all of the other, and both in turn.
          int token = i / 256;
          in[i] = token % 3 == 0 ? 3 : token % 3 == 1 ? -3 : i % 2 == 0 ? 3 : -3;
        }
        compare(kernels, matrix, in, new int[] {1, 2, 3, 8, 16, 17});
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void strangeInputsAndScalesGiveTheOraclesResult(VectorKernels kernels) {
    short[] halves = {0, (short) 0x8000, 1, (short) 0x83ff, 0x7bff, (short) 0xfbff, 0x0400};
    RandomGenerator random = Numbers.seeded(7);
    for (DataType type : TYPES) {
      for (int round = 0; round < 4; round++) {
        Matrix matrix = Numbers.matrix(type, 70, 256, round);
        writeHalves(matrix, _ -> halves[random.nextInt(halves.length)]);
        compare(kernels, matrix, Numbers.extreme(round, 17 * 256), new int[] {1, 5, 16, 17});
        float[] small = Numbers.normal(round, 17 * 256);
        for (int i = 0; i < small.length; i++) {
          small[i] *= i / 32 % 3 == 0 ? 1e-30f : 1e-38f;
        }
        compare(kernels, matrix, small, new int[] {1, 17});
      }
    }
  }

  /** Writes all halves of blocks. */
  private static void writeHalves(Matrix matrix, IntFunction<Short> half) {
    int count = 0;
    for (long at = 0; at < matrix.data().byteSize(); at += matrix.type().blockBytes()) {
      for (int place : halves(matrix.type())) {
        set(matrix, at + place, half.apply(count++));
      }
    }
  }

  /** Where a block has halves, its scale first. */
  private static int[] halves(DataType type) {
    return switch (type.format()) {
      case ByteFormat _ -> new int[] {0};
      case CodeFormat format ->
          IntStream.concat(IntStream.of(format.scaleAt()), format.minAt().stream()).toArray();
      case PlainFormat _, BlockFormat _ -> throw new AssertionError(type);
    };
  }

  private static void set(Matrix matrix, long at, short half) {
    matrix.data().set(ValueLayout.JAVA_SHORT_UNALIGNED, at, half);
  }

  /** Halves between two codes, which go to the even one. */
  @ParameterizedTest
  @MethodSource("all")
  void inputsBetweenTwoCodesGiveTheOraclesResult(VectorKernels kernels) {
    float[] in = new float[4 * 256];
    for (int i = 0; i < in.length; i++) {
      in[i] = i % 32 == 0 ? 127 : i % 127 - 63.5f;
    }
    for (DataType type : TYPES) {
      compare(kernels, Numbers.matrix(type, 64, 256, 5), in, new int[] {1, 4});
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void scalesThatAreNotFiniteGiveTheOraclesResult(VectorKernels kernels) {
    for (DataType type : TYPES) {
      Matrix matrix = Numbers.matrix(type, 65, 256, 2);
      int scale = halves(type)[0];
      set(matrix, scale, (short) 0x7c00);
      set(matrix, 64 * matrix.rowBytes() + scale, (short) 0x7e00);
      compare(kernels, matrix, Numbers.normal(3, 3 * 256), new int[] {1, 3});
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void productsOfTheSameInputsAreThoseOfEachMatrixAlone(VectorKernels kernels) {
    List<Matrix> matrices =
        List.of(
            Numbers.matrix(DataType.Q4_0, 70, 256, 1),
            Numbers.matrix(DataType.Q6_K, 130, 256, 2),
            Numbers.matrix(DataType.Q4_0, 5, 256, 3),
            Numbers.matrix(DataType.Q4_K, 66, 256, 7),
            Numbers.matrix(DataType.Q8_0, 64, 256, 4),
            Numbers.matrix(DataType.Q4_0, 200, 256, 5));
    int tokens = 19;
    float[] in = Numbers.normal(6, tokens * 256);
    List<Product> products =
        matrices.stream()
            .map(m -> new Product(kernels.prepare(m), new float[tokens * m.rows()]))
            .toList();
    try (WorkPool pool = WorkPool.of(2)) {
      kernels.multiply(products, in, tokens, pool);
      for (int i = 0; i < matrices.size(); i++) {
        float[] alone = new float[products.get(i).out().length];
        oracle.multiply(oracle.prepare(matrices.get(i)), in, tokens, alone, pool);
        assertThat(ints(products.get(i).out())).as("matrix %d", i).isEqualTo(ints(alone));
      }
    }
  }

  /** Rows are lanes: so which tokens are computed together does not matter, either. */
  @ParameterizedTest
  @MethodSource("all")
  void manyThreadsGiveTheSameResult(VectorKernels kernels) {
    Matrix matrix = Numbers.matrix(DataType.Q4_0, 500, 512, 5);
    int tokens = 40;
    float[] in = Numbers.normal(4, tokens * 512);
    WeightMatrix weights = kernels.prepare(matrix);
    float[][] out = new float[3][tokens * 500];
    for (int i = 0; i < out.length; i++) {
      try (WorkPool pool = WorkPool.of(1 + 2 * i)) {
        kernels.multiply(weights, in, tokens, out[i], pool);
      }
      assertThat(ints(out[i])).isEqualTo(ints(out[0]));
    }
  }

  /** With weights as their file has them, and packed. */
  private void compare(VectorKernels kernels, Matrix matrix, float[] in, int[] tokenCounts) {
    int most = Arrays.stream(tokenCounts).max().orElseThrow();
    float[] expected = new float[most * matrix.rows()];
    try (WorkPool pool = WorkPool.of(2)) {
      oracle.multiply(oracle.prepare(matrix), in, most, expected, pool);
      WeightMatrix weights = kernels.prepare(matrix, Arena.ofAuto());
      for (boolean packed : new boolean[] {false, true}) {
        if (packed) {
          kernels.pack(weights, pool);
        }
        for (int tokens : tokenCounts) {
          float[] out = new float[tokens * matrix.rows()];
          Arrays.fill(out, Float.NaN);
          float[] some = Arrays.copyOf(in, tokens * matrix.columns());
          kernels.multiply(weights, some, tokens, out, pool);
          assertThat(ints(out))
              .as("%s, %d tokens, packed %s", matrix, tokens, packed)
              .isEqualTo(ints(Arrays.copyOf(expected, out.length)));
        }
      }
    }
  }

  /** Bits, of which all that are not a number are the same. */
  private static List<Integer> ints(float[] floats) {
    return IntStream.range(0, floats.length)
        .mapToObj(i -> Float.floatToIntBits(floats[i]))
        .toList();
  }
}
