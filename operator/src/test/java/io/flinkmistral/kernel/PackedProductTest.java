package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.kernel.bytecode.CacheReading;
import io.flinkmistral.kernel.bytecode.PassSize;
import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.layout.Panels;
import io.flinkmistral.kernel.layout.Product;
import io.flinkmistral.kernel.layout.WeightMatrix;
import io.flinkmistral.kernel.memory.SpareMemory;
import io.flinkmistral.kernel.memory.WeightMemory;
import io.flinkmistral.kernel.packing.BlockPacker;
import io.flinkmistral.kernel.packing.BlockRows;
import io.flinkmistral.kernel.packing.PanelPacker;
import io.flinkmistral.kernel.packing.tiles.RowTiles;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.kernel.vector.PackedProduct;
import io.flinkmistral.kernel.vector.PanelKernels;
import io.flinkmistral.kernel.vector.PanelMatrix;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.tensor.format.BlockFormat;
import io.flinkmistral.tensor.format.ByteFormat;
import io.flinkmistral.tensor.format.CodeFormat;
import io.flinkmistral.tensor.format.PlainFormat;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import jdk.incubator.vector.VectorShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packed weights against the plain loops of {@link ScalarKernels}, bit for bit. */
class PackedProductTest {
  private static final int[] TOKENS = {1, 2, 3, 4, 5, 6, 7, 8, 13, 16, 31};

  /** All codes the least, all the greatest, and so as bytes with a sign. */
  private static final int[] GREATEST = {0, 0xff, 0x80, 0x7f};

  private final Kernels oracle = new ScalarKernels(Precision.QUANTIZED);

  @ParameterizedTest
  @EnumSource(DataType.class)
  void productsAreTheOracles(DataType type) {
    int length = Math.max(32, type.blockLength());
    for (int[] shape : new int[][] {{1, 1}, {63, 3}, {64, 2}, {130, 5}, {207, 1024 / length}}) {
      Matrix matrix = Numbers.matrix(type, shape[0], shape[1] * length, 5);
      assertThat(VectorKernels.ofWidth(256, Precision.QUANTIZED).prepare(matrix))
          .isInstanceOf(PanelMatrix.class);
      compare(matrix, TOKENS);
    }
  }

  @Test
  void packedWeightsGoWithTheirArena() {
    VectorKernels kernels = VectorKernels.ofWidth(256, Precision.QUANTIZED);
    try (WorkPool pool = WorkPool.of(2)) {
      Panels panels;
      try (Arena arena = Arena.ofShared()) {
        WeightMatrix weights = kernels.prepare(Numbers.matrix(DataType.Q4_0, 65, 64, 5), arena);
        kernels.pack(weights, pool);
        panels = ((PanelMatrix) weights).panels();
        assertThat(panels.data().scope().isAlive()).isTrue();
      }
      assertThat(panels.data().scope().isAlive()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void kernelsOfManyTokensGiveTheOraclesResult(DataType type) {
    PanelLayout layout = PanelLayout.of(type.format());
    for (PanelKernels kernels : panelKernels()) {
      for (PanelLayout read : List.of(layout, PanelLayout.FLOAT)) {
        kernels.tokens(read).stream()
            .filter(tokens -> tokens > 0)
            .forEach(kernels.of(read).counts()::use);
      }
    }
    compare(Numbers.matrix(type, 70, 512, 5), new int[] {5, 8, 9, 12, 13, 20, 27});
    // So many that a task takes four panels; here five, the last of which is not full.
    compare(Numbers.matrix(type, 4 * 64 + 6, 512, 5), new int[] {32, 45, 260});
  }

  @Test
  void whileKernelsAreCompiledProductsAreTheOracles() {
    Matrix matrix = Numbers.matrix(DataType.F16, 70, 64, 5);
    int[] tokenCounts = {1, 2, 3, 4, 5, 8, 9};
    for (PassSize size : PassSize.values()) {
      for (PanelKernels kernels : panelKernels()) {
        kernels.warmUp(
            size,
            List.of(PanelLayout.HALF),
            List.of(PanelLayout.HALF),
            new CacheReading.ByPanels(),
            Runnable::run);
      }
      compare(matrix, tokenCounts);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"F32", "F16", "BF16"})
  void formatsWithoutBlocksTakeAnyNumberOfColumns(DataType type) {
    for (int columns : new int[] {1, 4, 6, 13, 31, 207, 300}) {
      compare(Numbers.matrix(type, 70, columns, columns), new int[] {1, 3, 7});
    }
  }

  @Test
  void productsOfTheSameInputsAreThoseOfEachMatrixAlone() {
    List<Matrix> matrices =
        List.of(
            Numbers.matrix(DataType.Q4_K, 70, 256, 1),
            Numbers.matrix(DataType.Q6_K, 130, 256, 2),
            Numbers.matrix(DataType.Q4_K, 64, 256, 3),
            Numbers.matrix(DataType.Q4_1, 5, 256, 4),
            Numbers.matrix(DataType.Q4_0, 65, 256, 5));
    float[] in = Numbers.normal(6, 5 * 256);
    for (VectorKernels kernels : kernels(Precision.QUANTIZED)) {
      List<Product> products =
          matrices.stream()
              .map(m -> new Product(kernels.prepare(m), new float[5 * m.rows()]))
              .toList();
      try (WorkPool pool = WorkPool.of(2)) {
        kernels.multiply(products, in, 5, pool);
      }
      for (int i = 0; i < matrices.size(); i++) {
        float[] alone = product(oracle, matrices.get(i), in, 5, 1);
        assertBits(products.get(i).out(), alone, "matrix " + i);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void sumsOfTheGreatestCodesDoNotOverflow(DataType type) {
    Matrix matrix = Numbers.matrix(type, 64, 256, 1);
    for (int row = 0; row < 64; row++) {
      matrix.row(row).fill((byte) GREATEST[row % GREATEST.length]);
      for (int block = 0; block < 256 / type.blockLength(); block++) {
        for (long at : halves(type)) {
          matrix
              .row(row)
              .set(
                  ValueLayout.JAVA_SHORT_UNALIGNED,
                  (long) block * type.blockBytes() + at,
                  Float.floatToFloat16(1f / (1 + at + row)));
        }
      }
    }
    int tokens = 4;
    float[] in = new float[tokens * 256];
    for (int i = 0; i < in.length; i++) {
      // All of one sign, and of two in turn.
      in[i] = (i / 256 < 2 || i % 2 == 0) ? 3 : -3;
      in[i] *= i / 256 % 2 == 0 ? 1 : -1;
    }
    for (VectorKernels kernels : kernels(Precision.QUANTIZED)) {
      for (int count = 1; count <= tokens; count++) {
        assertBits(
            product(kernels, matrix, in, count, 1),
            product(oracle, matrix, in, count, 1),
            type.name());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {0f, 1e-38f, 1e30f, Float.MAX_VALUE, Float.POSITIVE_INFINITY, Float.NaN})
  void strangeInputsGiveTheOraclesResult(float strange) {
    for (DataType type : List.of(DataType.Q4_0, DataType.Q8_0)) {
      Matrix matrix = Numbers.matrix(type, 64, 96, 2);
      float[] in = Numbers.normal(3, 2 * 96);
      Arrays.fill(in, 32, 64, 0);
      in[40] = strange;
      for (VectorKernels kernels : kernels(Precision.QUANTIZED)) {
        assertBits(
            product(kernels, matrix, in, 2, 1), product(oracle, matrix, in, 2, 1), type.toString());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void scalesThatAreNotFiniteGiveTheOraclesResult(DataType type) {
    for (long at : halves(type)) {
      Matrix matrix = Numbers.matrix(type, 65, 256, 2);
      matrix.data().set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) 0x7c00);
      matrix.row(64).set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) 0x7e00);
      compare(matrix, new int[] {1, 3});
    }
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void subnormalScalesAreExact(DataType type) {
    for (long at : halves(type)) {
      Matrix matrix = Numbers.matrix(type, 64, 512, 2);
      for (int row = 0; row < 64; row++) {
        long last = matrix.rowBytes() - type.blockBytes() + at;
        matrix.row(row).set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) (0x8001 + row));
        matrix.row(row).set(ValueLayout.JAVA_SHORT_UNALIGNED, last, (short) (0x0101 + row));
      }
      compare(matrix, new int[] {1, 5});
    }
  }

  /** Where a block has halves. */
  private static long[] halves(DataType type) {
    return switch (type.format()) {
      case PlainFormat plain ->
          plain.encoding() == PlainFormat.Encoding.HALF ? new long[] {0} : new long[0];
      case ByteFormat _ -> new long[] {0};
      case CodeFormat coded ->
          LongStream.concat(
                  LongStream.of(coded.scaleAt()), coded.minAt().stream().mapToLong(at -> at))
              .toArray();
      case BlockFormat _ -> new long[0];
    };
  }

  @Test
  void exactKernelsDoNotQuantizeInputs() {
    Matrix matrix = Numbers.matrix(DataType.Q4_0, 70, 96, 2);
    float[] in = Numbers.normal(3, 3 * 96);
    float[] exact = product(new ScalarKernels(), matrix, in, 3, 1);
    for (VectorKernels kernels : kernels(Precision.EXACT)) {
      assertBits(product(kernels, matrix, in, 3, 2), exact, "exact");
      assertThat(kernels.arithmetic()).isEqualTo("f32-2");
    }
    float[] quantized = product(oracle, matrix, in, 3, 1);
    double error = 0;
    double size = 0;
    for (int i = 0; i < exact.length; i++) {
      error += Math.pow(quantized[i] - exact[i], 2);
      size += Math.pow(exact[i], 2);
    }
    assertThat(Math.sqrt(error / size)).isBetween(1e-4, 0.01);
  }

  /** Though the same memory had those of the panel before. */
  @ParameterizedTest
  @EnumSource(DataType.class)
  void rowsThatAPanelLacksAreAlwaysTheSame(DataType type) {
    Matrix matrix = Numbers.matrix(type, 64 + 6, 512, 5);
    long first = 64 * matrix.rowBytes();
    Matrix last = new Matrix(type, 6, 512, matrix.data().asSlice(first, 6 * matrix.rowBytes()));
    PanelLayout layout = PanelLayout.of(type.format());
    PanelPacker used = new PanelPacker(type, layout, new BlockRows.Tiles());
    MemorySegment actual = Arena.ofAuto().allocate(layout.bytes(512));
    used.pack(matrix, 0, 0, 512, actual);
    used.pack(matrix, 1, 0, 512, actual);
    MemorySegment expected = Arena.ofAuto().allocate(layout.bytes(512));
    new PanelPacker(type, layout, new BlockRows.Tiles()).pack(last, 0, 0, 512, expected);
    assertThat(actual.mismatch(expected)).isEqualTo(-1);
  }

  @Test
  void packingInParallelGivesTheSamePanels() {
    Matrix matrix = Numbers.matrix(DataType.Q4_0, 300, 96, 2);
    try (WorkPool one = WorkPool.of(1);
        WorkPool three = WorkPool.of(3)) {
      PanelMatrix expected = panelMatrix(matrix);
      expected.pack(one);
      PanelMatrix actual = panelMatrix(matrix);
      actual.pack(three);
      assertThat(actual.panels().data().mismatch(expected.panels().data())).isEqualTo(-1);
      assertThat(actual.panels().data().byteSize()).isEqualTo(5 * 3 * 1152L);
    }
  }

  /** With the last tile of a panel's rows whole, and with rows left. */
  @ParameterizedTest
  @EnumSource(DataType.class)
  void wordsThatAreTakenInTilesGiveTheSamePanels(DataType type) {
    BlockRows.Tiles tiles = new BlockRows.Tiles();
    for (RowTiles code : List.of(tiles.words(), tiles.bytes())) {
      assertThat(code.rowsOf(64)).isZero();
      code.use();
      assertThat(code.rowsOf(61)).isEqualTo(56);
    }
    Matrix matrix = Numbers.matrix(type, 64 + 61, 512, 2);
    try (WorkPool pool = WorkPool.of(1)) {
      PanelMatrix expected = panelMatrix(matrix);
      expected.pack(pool);
      PanelMatrix actual = panelMatrix(matrix, tiles);
      actual.pack(pool);
      assertThat(actual.panels().data().mismatch(expected.panels().data())).isEqualTo(-1);
    }
  }

  /** What a format is multiplied as that says no more of itself than how it becomes floats. */
  @ParameterizedTest
  @EnumSource(DataType.class)
  void floatsThatAreMadeAnewGiveTheExactResult(DataType type) {
    Matrix matrix = Numbers.matrix(type, 70, 4096 + 512, 5);
    int tokens = 17;
    float[] in = Numbers.normal(4, tokens * matrix.columns());
    float[] expected = product(new ScalarKernels(), matrix, in, tokens, 2);
    PanelPacker packer = new PanelPacker(type, PanelLayout.FLOAT, new BlockRows.Tiles());
    try (WorkPool pool = WorkPool.of(2)) {
      for (PanelKernels kernels : panelKernels()) {
        PanelMatrix weights = new PanelMatrix(matrix, packer, Arena.ofAuto());
        weights.pack(pool);
        assertThat(weights.isPacked()).isEqualTo(type == DataType.F32);
        for (int count : new int[] {1, 4, tokens}) {
          float[] out = new float[count * matrix.rows()];
          List<Product> products = List.of(new Product(weights, out));
          new PackedProduct(kernels, products, in, count, new SpareMemory()).run(pool);
          assertBits(out, Arrays.copyOf(expected, out.length), type.name());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void aPackerOfItsOwnWritesWhatThatOfItsKindWrites(DataType type) {
    Matrix matrix = Numbers.matrix(type, 64, 512, 5);
    PanelLayout layout = PanelLayout.of(type.format());
    int rowBytes = (int) matrix.rowBytes();
    MemorySegment expected = Arena.ofAuto().allocate(layout.bytes(512));
    new PanelPacker(type, layout, new BlockRows.Tiles()).pack(matrix, 0, 0, 512, expected);
    MemorySegment actual = Arena.ofAuto().allocate(layout.bytes(512));
    BlockRows rows = new BlockRows(layout.group(), 256, new BlockRows.Tiles());
    BlockPacker.Packing packing = BlockPacker.ofAny(type.format(), layout, rows);
    rows.read(matrix.data(), 0, 64, rowBytes, rowBytes);
    int step = Math.max(32, Math.max(type.blockLength(), layout.blockColumns()));
    for (int column = 0; column < 512; column += step) {
      long target = actual.address() + layout.bytes(column);
      rows.begin(Math.toIntExact(type.bytes(column)), target);
      assertThat(packing.pack(step)).isTrue();
    }
    assertThat(actual.mismatch(expected)).isEqualTo(-1);
  }

  /** Of all widths that this CPU can do. */
  private static List<PanelKernels> panelKernels() {
    return VectorKernels.widths().stream()
        .filter(bits -> bits >= 256)
        .map(bits -> PanelKernels.of(VectorShape.forBitSize(bits)))
        .toList();
  }

  private static PanelMatrix panelMatrix(Matrix matrix) {
    return panelMatrix(matrix, new BlockRows.Tiles());
  }

  private static PanelMatrix panelMatrix(Matrix matrix, BlockRows.Tiles tiles) {
    PanelLayout layout = PanelLayout.of(matrix.type().format());
    PanelPacker packer = new PanelPacker(matrix.type(), layout, tiles);
    return new PanelMatrix(matrix, packer, Arena.ofAuto());
  }

  /** Java computes such vectors on all CPUs, if slowly. */
  @ParameterizedTest
  @EnumSource(DataType.class)
  void kernelsOf512BitsGiveTheOraclesResultWhereTheCpuHasNone(DataType type) {
    VectorShape shape = VectorShape.S_512_BIT;
    PanelKernels kernels = PanelKernels.of(shape);
    Matrix matrix = Numbers.matrix(type, 70, 256, 5);
    float[] in = Numbers.normal(4, 3 * matrix.columns());
    float[] expected = product(oracle, matrix, in, 3, 1);
    try (WorkPool pool = WorkPool.of(1)) {
      PanelMatrix weights = panelMatrix(matrix);
      float[] out = new float[expected.length];
      List<Product> products = List.of(new Product(weights, out));
      for (boolean packed : new boolean[] {false, true}) {
        if (packed) {
          weights.pack(pool);
        }
        new PackedProduct(kernels, products, in, 3, new SpareMemory()).run(pool);
        assertBits(out, expected, type.name());
      }
    }
  }

  /** Not the JVM's end: only plain reads and bulk copies touch the file. */
  @Test
  void aFileThatIsCutUnderWeightsThatAreNotPackedIsAnError(@TempDir Path folder)
      throws IOException {
    Matrix matrix = Numbers.matrix(DataType.Q8_0, 256, 1024, 5);
    Path path = folder.resolve("weights");
    Files.write(path, matrix.data().toArray(ValueLayout.JAVA_BYTE));
    Set<StandardOpenOption> options = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
    VectorKernels kernels = VectorKernels.ofWidth(VectorKernels.widest(), Precision.QUANTIZED);
    try (FileChannel file = FileChannel.open(path, options);
        Arena arena = Arena.ofShared();
        WorkPool pool = WorkPool.of(2)) {
      MemorySegment mapped = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
      WeightMatrix weights =
          kernels.prepare(new Matrix(matrix.type(), 256, 1024, mapped), new WeightMemory(arena));
      file.truncate(file.size() / 2);
      assertThatThrownBy(() -> kernels.multiply(weights, new float[1024], 1, new float[256], pool))
          .isInstanceOf(InternalError.class)
          .hasMessageContaining("unsafe memory access");
    }
  }

  private static List<VectorKernels> kernels(Precision precision) {
    return VectorKernels.widths().stream()
        .map(bits -> VectorKernels.ofWidth(bits, precision))
        .toList();
  }

  private void compare(Matrix matrix, int[] tokenCounts) {
    int most = Arrays.stream(tokenCounts).max().orElseThrow();
    float[] in = Numbers.normal(4, most * matrix.columns());
    float[] expected = product(oracle, matrix, in, most, 2);
    List<VectorKernels> all =
        Stream.concat(
                kernels(Precision.QUANTIZED).stream(),
                QuantizedRows.takes(matrix.type())
                    ? Stream.of()
                    : kernels(Precision.EXACT).stream())
            .toList();
    for (VectorKernels kernels : all) {
      // Narrow vectors leave it to plain loops: VectorKernelsTest has them with all counts.
      boolean packs = kernels.bits() >= 256;
      for (int tokens : packs ? tokenCounts : new int[] {tokenCounts[0]}) {
        compare(kernels, matrix, in, tokens, Arrays.copyOf(expected, tokens * matrix.rows()));
      }
    }
  }

  /** With weights as their file has them, and packed. */
  private static void compare(
      VectorKernels kernels, Matrix matrix, float[] in, int tokens, float[] expected) {
    String what =
        "%s %d x %d, %d tokens, %s"
            .formatted(
                matrix.type(), matrix.rows(), matrix.columns(), tokens, kernels.description());
    try (WorkPool pool = WorkPool.of(1 + tokens % 3)) {
      WeightMatrix weights = kernels.prepare(matrix, Arena.ofAuto());
      float[] out = new float[expected.length];
      kernels.multiply(weights, in, tokens, out, pool);
      assertBits(out, expected, what + ", not packed");
      if (!(weights instanceof PanelMatrix)) {
        return;
      }
      kernels.pack(weights, pool);
      Arrays.fill(out, Float.NaN);
      kernels.multiply(weights, in, tokens, out, pool);
      assertBits(out, expected, what);
    }
  }

  private static float[] product(
      Kernels kernels, Matrix matrix, float[] in, int tokens, int threads) {
    float[] out = new float[tokens * matrix.rows()];
    try (WorkPool pool = WorkPool.of(threads)) {
      kernels.multiply(kernels.prepare(matrix), in, tokens, out, pool);
    }
    return out;
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
