package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.kernel.arithmetic.NumbersInPlace;
import io.flinkmistral.kernel.arithmetic.Strided;
import io.flinkmistral.kernel.bytecode.CacheReading;
import io.flinkmistral.kernel.bytecode.PassSize;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.kernel.vector.PanelKernels;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import jdk.incubator.vector.VectorShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Vectors of every width against {@link ScalarKernels}, bit for bit. */
class VectorKernelsTest {
  private static final int PAD = 19;
  private static final float PADDING = -77.25f;

  private final Kernels oracle = new ScalarKernels();

  static List<VectorKernels> widths() {
    return VectorKernels.widths().stream().map(VectorKernels::ofWidth).toList();
  }

  @ParameterizedTest
  @MethodSource("widths")
  void addScaledIsTheOracles(VectorKernels kernels) {
    compare(
        kernels,
        (k, x) -> {
          k.addScaled(0.37f, x.a, x.offset, x.target, PAD, x.n);
          return x.target;
        });
  }

  @ParameterizedTest
  @MethodSource("widths")
  void scaleIsTheOracles(VectorKernels kernels) {
    compare(
        kernels,
        (k, x) -> {
          k.scale(-1.7f, x.target, PAD, x.n);
          return x.target;
        });
  }

  @ParameterizedTest
  @MethodSource("widths")
  void addIsTheOracles(VectorKernels kernels) {
    compare(
        kernels,
        (k, x) -> {
          k.add(x.target, PAD, x.b, x.offset, x.n);
          return x.target;
        });
  }

  @ParameterizedTest
  @MethodSource("widths")
  void maxIsTheOracles(VectorKernels kernels) {
    compare(kernels, (k, x) -> new float[] {k.max(x.a, x.offset, x.n)});
  }

  @ParameterizedTest
  @MethodSource("widths")
  void expSumIsTheOraclesFromEachLane(VectorKernels kernels) {
    for (int firstLane = 0; firstLane < 33; firstLane++) {
      int lane = firstLane;
      compare(
          kernels,
          (k, x) -> {
            float[] result = Arrays.copyOf(x.target, x.target.length + 1);
            result[x.target.length] = k.expSum(result, PAD, x.n, 0.5f, lane);
            return result;
          });
    }
  }

  @ParameterizedTest
  @MethodSource("widths")
  void expSumOfPartsStartsInTheLaneOfItsPosition(VectorKernels kernels) {
    float[] whole = Numbers.normal(1, 100);
    float[] part = Arrays.copyOfRange(whole, 37, 100);
    Arrays.fill(whole, 0, 37, Float.NEGATIVE_INFINITY);
    assertThat(kernels.expSum(part, 0, 63, 0f, 37)).isEqualTo(kernels.expSum(whole, 0, 100, 0f, 0));
  }

  @ParameterizedTest
  @MethodSource("widths")
  void rmsNormIsTheOracles(VectorKernels kernels) {
    compare(
        kernels,
        (k, x) -> {
          k.rmsNorm(x.a, x.offset, x.b, x.n, 1e-5f, x.target, PAD);
          return x.target;
        });
  }

  @ParameterizedTest
  @MethodSource("widths")
  void swiGluIsTheOracles(VectorKernels kernels) {
    compare(
        kernels,
        (k, x) -> {
          k.swiGlu(x.target, x.b, PAD, x.n);
          return x.target;
        });
  }

  @ParameterizedTest
  @MethodSource("widths")
  void widenedHalvesAreTheOracles(VectorKernels kernels) {
    for (int n : Numbers.SIZES) {
      MemorySegment halves = halves(3, 3 * (n + 2));
      compareWidened(
          kernels, n, (k, out) -> k.widenHalves(new Strided(halves, 2, n + 2), out, 3, n));
    }
  }

  @ParameterizedTest
  @MethodSource("widths")
  void halvesBehindTheEndAreNotRead(VectorKernels kernels) {
    MemorySegment halves = halves(3, 63);
    MemorySegment out = floats(new float[64]);
    assertThatThrownBy(
            () -> kernels.widenHalves(new Strided(halves, 0, 16), new Strided(out, 0, 16), 4, 16))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static MemorySegment halves(long seed, int n) {
    MemorySegment halves = Arena.ofAuto().allocate(2L * n);
    float[] numbers = Numbers.normal(seed, n);
    for (int i = 0; i < n; i++) {
      // Subnormal ones, too.
      float number = numbers[i] * (i % 3 == 0 ? 1e-5f : 1000);
      halves.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, Float.floatToFloat16(number));
    }
    return halves;
  }

  @ParameterizedTest
  @MethodSource("widths")
  void widenedBytesAreTheOracles(VectorKernels kernels) {
    byte[] codes = new byte[3 * 4200];
    Numbers.seeded(5).nextBytes(codes);
    float[] scales = Numbers.normal(6, 4200);
    for (int n : Numbers.SIZES) {
      Strided in = new Strided(MemorySegment.ofArray(codes), 1, n + 1);
      for (boolean ofRows : new boolean[] {true, false}) {
        compareWidened(kernels, n, (k, out) -> k.widenBytes(in, out, 3, n, scales, ofRows));
      }
    }
  }

  private interface Widening {
    void to(Kernels kernels, Strided out);
  }

  /** Three rows of {@code n} numbers, with space between and around them. */
  private void compareWidened(VectorKernels kernels, int n, Widening widening) {
    float[] start = Numbers.normal(7, 3 * (n + 5) + 2 * PAD);
    MemorySegment expected = floats(start);
    MemorySegment actual = floats(start);
    long offset = 4L * PAD;
    widening.to(oracle, new Strided(expected, offset, n + 5));
    widening.to(kernels, new Strided(actual, offset, n + 5));
    assertBits(numbers(actual), numbers(expected), "rows of " + n);
  }

  @ParameterizedTest
  @MethodSource("widths")
  void productsWithAPanelAreTheOracles(VectorKernels kernels) {
    for (int columns : new int[] {0, 1, 7, 64, 131}) {
      for (int tokens : new int[] {1, 2, 4}) {
        MemorySegment panel = floats(Numbers.normal(1, columns * Kernels.PANEL));
        int offset = 5;
        int[] in = bits(Numbers.normal(2, offset + columns * tokens));
        float[] start = Numbers.normal(3, tokens * Kernels.PANEL);
        MemorySegment expected = floats(start);
        MemorySegment actual = floats(start);
        oracle.addPanel(panel, columns, in, offset, tokens, expected);
        kernels.addPanel(panel, columns, in, offset, tokens, actual);
        assertThat(actual.mismatch(expected)).isEqualTo(-1);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("widths")
  void productsWithHalvesAreTheOracles(VectorKernels kernels) {
    for (int columns : new int[] {0, 1, 7, 128}) {
      for (int rows : new int[] {0, 16, 48, 64}) {
        int stride = rows + 5;
        Strided halves = new Strided(halves(1, columns * stride + 2), 4, stride);
        compare(kernels, new NumbersInPlace.Halves(halves), columns, rows);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("widths")
  void productsWithBytesAreTheOracles(VectorKernels kernels) {
    for (int columns : new int[] {0, 32, 128}) {
      for (int rows : new int[] {0, 16, 48, 64}) {
        MemorySegment halves = halves(4, columns / NumbersInPlace.SCALED * (rows + 3) + 1);
        Strided scales = new Strided(halves, 2, rows + 3);
        compare(
            kernels,
            new NumbersInPlace.BytesOfScaledRows(bytes(columns, rows), scales),
            columns,
            rows);
      }
    }
    for (int columns : new int[] {0, 1, 7, 128}) {
      for (int rows : new int[] {0, 32, 64}) {
        int[] scales = bits(Numbers.normal(4, 2 + columns * 3));
        compare(
            kernels,
            new NumbersInPlace.BytesOfScaledColumns(bytes(columns, rows), scales, 1, 3),
            columns,
            rows);
      }
    }
  }

  private void compare(VectorKernels kernels, NumbersInPlace panel, int columns, int rows) {
    int offset = 3;
    int[] in = bits(Numbers.normal(2, offset + columns * Kernels.IN_PLACE_INPUTS));
    float[] start = Numbers.normal(3, Kernels.IN_PLACE_INPUTS * Kernels.PANEL);
    MemorySegment expected = floats(start);
    MemorySegment actual = floats(start);
    oracle.addInPlace(panel, columns, rows, in, offset, expected);
    kernels.addInPlace(panel, columns, rows, in, offset, actual);
    assertBits(numbers(actual), numbers(expected), columns + " columns, rows: " + rows);
  }

  /** With 5 bytes between columns and 3 before them. */
  private static Strided bytes(int columns, int rows) {
    byte[] codes = new byte[3 + columns * (rows + 5)];
    Numbers.seeded(5).nextBytes(codes);
    MemorySegment memory = Arena.ofAuto().allocate(codes.length);
    memory.copyFrom(MemorySegment.ofArray(codes));
    return new Strided(memory, 3, rows + 5);
  }

  @ParameterizedTest
  @MethodSource("widths")
  void productsWithBytesReadNothingBehindAnEnd(VectorKernels kernels) {
    MemorySegment out = floats(new float[4 * Kernels.PANEL]);
    int[] in = new int[32 * Kernels.IN_PLACE_INPUTS];
    Strided bytes = new Strided(floats(new float[32 * 32 / 4]), 0, 32);
    Strided scales = new Strided(halves(1, 32), 0, 32);
    NumbersInPlace ofRows = new NumbersInPlace.BytesOfScaledRows(bytes, scales);
    kernels.addInPlace(ofRows, 32, 32, in, 0, out);
    assertThatThrownBy(() -> kernels.addInPlace(ofRows, 32, 64, in, 0, out))
        .isInstanceOf(IndexOutOfBoundsException.class);
    Strided cut = new Strided(halves(1, 31), 0, 32);
    NumbersInPlace withCutScales = new NumbersInPlace.BytesOfScaledRows(bytes, cut);
    assertThatThrownBy(() -> kernels.addInPlace(withCutScales, 32, 32, in, 0, out))
        .isInstanceOf(IndexOutOfBoundsException.class);
    NumbersInPlace ofColumns = new NumbersInPlace.BytesOfScaledColumns(bytes, new int[32], 0, 1);
    kernels.addInPlace(ofColumns, 32, 32, in, 0, out);
    NumbersInPlace tooFew = new NumbersInPlace.BytesOfScaledColumns(bytes, new int[32], 1, 1);
    assertThatThrownBy(() -> kernels.addInPlace(tooFew, 32, 32, in, 0, out))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.addInPlace(ofColumns, 32, 16, in, 0, out))
        .hasMessageContaining("16 rows: not a multiple of the 32 that share a scale");
    assertThatThrownBy(() -> kernels.addInPlace(ofRows, 31, 32, in, 0, out))
        .hasMessageContaining("31 columns: not a multiple of the 32 that share a scale");
  }

  @ParameterizedTest
  @MethodSource("widths")
  void compiledProductsWithHalvesAndBytesAreTheOracles(VectorKernels kernels) {
    if (kernels.bits() >= 256) {
      for (DataType type : List.of(DataType.F16, DataType.Q8_0)) {
        PanelKernels.of(VectorShape.forBitSize(kernels.bits()))
            .warmUp(
                PassSize.FIRST,
                List.of(),
                List.of(),
                new CacheReading.InPlace(type),
                Runnable::run);
      }
    }
    productsWithHalvesAreTheOracles(kernels);
    productsWithBytesAreTheOracles(kernels);
  }

  @ParameterizedTest
  @MethodSource("widths")
  void productsWithHalvesReadAndWriteNothingBehindAnEnd(VectorKernels kernels) {
    NumbersInPlace panel = new NumbersInPlace.Halves(new Strided(halves(1, 4 * 16), 0, 16));
    MemorySegment out = floats(new float[3 * Kernels.PANEL + 16]);
    int[] in = new int[4 * Kernels.IN_PLACE_INPUTS];
    kernels.addInPlace(panel, 4, 16, in, 0, out);
    assertThatThrownBy(() -> kernels.addInPlace(panel, 5, 16, new int[20], 0, out))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.addInPlace(panel, 4, 16, in, 1, out))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> kernels.addInPlace(panel, 2, 32, in, 0, out))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static int[] bits(float[] numbers) {
    int[] bits = new int[numbers.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(numbers[i]);
    }
    return bits;
  }

  @ParameterizedTest
  @MethodSource("widths")
  void panelsTakeAllInputsInTheEnd(VectorKernels kernels) {
    for (int count = 1; count <= 64; count++) {
      assertThat(kernels.panelInputs(count)).isBetween(1, count);
    }
  }

  private static float[] numbers(MemorySegment floats) {
    return floats.toArray(ValueLayout.JAVA_FLOAT);
  }

  private static MemorySegment floats(float[] numbers) {
    return Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, numbers);
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void productsAreTheOraclesWithAnyNumberOfTokensAndThreads(DataType type) {
    for (int[] shape : new int[][] {{1, 256}, {33, 512}, {100, 256}}) {
      Matrix matrix = Numbers.matrix(type, shape[0], shape[1], 3);
      for (VectorKernels kernels : widths()) {
        for (int tokens : new int[] {1, 2, 3, 4, 5, 9}) {
          for (int threads : new int[] {1, 3}) {
            float[] in = Numbers.normal(4, tokens * shape[1] + PAD);
            assertBits(
                product(kernels, matrix, in, tokens, threads),
                product(oracle, matrix, in, tokens, 1),
                "%s %s %d tokens".formatted(type, Arrays.toString(shape), tokens));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("widths")
  void productsTakeAnyNumberOfColumns(VectorKernels kernels) {
    for (int columns : new int[] {1, 4, 6, 13, 31, 207}) {
      Matrix matrix = Numbers.matrix(DataType.F32, 13, columns, columns);
      float[] in = Numbers.normal(4, 3 * columns);
      assertBits(
          product(kernels, matrix, in, 3, 1),
          product(oracle, matrix, in, 3, 1),
          columns + " columns");
    }
  }

  @Test
  void refusesArraysThatAreTooSmall() {
    Matrix matrix = Numbers.matrix(DataType.F32, 3, 5, 1);
    try (WorkPool pool = WorkPool.of(1)) {
      for (Kernels kernels : List.of(oracle, Kernels.best())) {
        assertThatIllegalArgumentException()
            .isThrownBy(
                () ->
                    kernels.multiply(kernels.prepare(matrix), new float[9], 2, new float[6], pool))
            .withMessage(
                "2 tokens through a 3 x 5 matrix take 10 numbers in and 6 out, but there are 9"
                    + " and 6");
      }
    }
  }

  @Test
  void refusesWidthsThatTheCpuDoesNotHave() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VectorKernels.ofWidth(96))
        .withMessageContaining("vectors of 96 bits");
  }

  private static float[] product(
      Kernels kernels, Matrix matrix, float[] in, int tokens, int threads) {
    float[] out = new float[tokens * matrix.rows() + PAD];
    Arrays.fill(out, PADDING);
    try (WorkPool pool = WorkPool.of(threads)) {
      kernels.multiply(kernels.prepare(matrix), in, tokens, out, pool);
    }
    float[] padding = Arrays.copyOfRange(out, tokens * matrix.rows(), out.length);
    assertThat(padding).containsOnly(PADDING);
    return out;
  }

  /** Inputs of a kernel, with numbers around them that it must neither use nor change. */
  private record Case(int n, int offset, float[] a, float[] b, float[] target) {
    static Case of(int n, int offset, boolean extreme) {
      float[] a = extreme ? Numbers.extreme(1, n + 50) : Numbers.normal(1, n + 50);
      float[] b = extreme ? Numbers.extreme(2, n + 50) : Numbers.normal(2, n + 50);
      float[] target = new float[n + 2 * PAD];
      Arrays.fill(target, PADDING);
      System.arraycopy(extreme ? Numbers.extreme(3, n) : Numbers.normal(3, n), 0, target, PAD, n);
      return new Case(n, offset, a, b, target);
    }

    void assertPadding(float[] result) {
      if (result == target) {
        assertThat(Arrays.copyOf(result, PAD)).containsOnly(PADDING);
        assertThat(Arrays.copyOfRange(result, PAD + n, n + 2 * PAD)).containsOnly(PADDING);
      }
    }
  }

  private void compare(Kernels kernels, BiFunction<Kernels, Case, float[]> kernel) {
    for (int n : Numbers.SIZES) {
      for (int offset : new int[] {0, 7}) {
        for (boolean extreme : new boolean[] {false, true}) {
          Case mine = Case.of(n, offset, extreme);
          float[] actual = kernel.apply(kernels, mine);
          mine.assertPadding(actual);
          float[] expected = kernel.apply(oracle, Case.of(n, offset, extreme));
          assertBits(actual, expected, "n=%d offset=%d extreme=%b".formatted(n, offset, extreme));
        }
      }
    }
  }

  private static void assertBits(float[] actual, float[] expected, String what) {
    for (int i = 0; i < expected.length; i++) {
      if (Float.floatToIntBits(actual[i]) != Float.floatToIntBits(expected[i])) {
        throw new AssertionError(
            "%s: at %d %s, expected %s".formatted(what, i, actual[i], expected[i]));
      }
    }
    assertThat(actual).hasSameSizeAs(expected);
  }
}
