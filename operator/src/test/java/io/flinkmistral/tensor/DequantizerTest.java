package io.flinkmistral.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.tensor.format.CodeBlock;
import io.flinkmistral.tensor.format.CodeFormat;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class DequantizerTest {
  private static final int ROWS = 4;
  private static final int COLUMNS = 1024;

  static Stream<DataType> formatsOfBlocks() {
    return Arrays.stream(DataType.values()).filter(type -> type.blockLength() > 1);
  }

  /** A new format needs two files: blocks, and what ggml's reference code makes of them. */
  @ParameterizedTest
  @MethodSource("formatsOfBlocks")
  void blocksAreTheNumbersThatGgmlReads(DataType type) throws IOException {
    float[] expected = floats(resource(type, "f32"));
    float[] actual = new float[COLUMNS];
    Matrix matrix = new Matrix(type, ROWS, COLUMNS, MemorySegment.ofArray(resource(type, "bin")));
    for (int row = 0; row < ROWS; row++) {
      Dequantizer.dequantize(type, matrix.data(), row * matrix.rowBytes(), actual, 0, COLUMNS);
      float[] expectedRow = Arrays.copyOfRange(expected, row * COLUMNS, (row + 1) * COLUMNS);
      assertThat(bits(actual)).as("row %d", row).isEqualTo(bits(expectedRow));
    }
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void writesNothingOutsideItsSlice(DataType type) {
    int length = type.blockLength();
    float[] target = new float[3 * length];
    Arrays.fill(target, 42);
    MemorySegment zeros = MemorySegment.ofArray(new byte[1 + 2 * type.blockBytes()]);
    Dequantizer.dequantize(type, zeros, 1 + type.blockBytes(), target, length, length);
    for (int i = 0; i < target.length; i++) {
      assertThat(target[i] == 42).as("number %d", i).isEqualTo(i < length || i >= 2 * length);
    }
  }

  /** The line that products with inputs of 8 bits take is that of the floats, but for roundings. */
  @ParameterizedTest
  @EnumSource(DataType.class)
  void codesAreTheFloatsToo(DataType type) {
    if (!(type.format() instanceof CodeFormat format)) {
      return;
    }
    int count = 8 * type.blockLength();
    MemorySegment blocks = RandomBlocks.of(type, count, 1, new Random(5));
    float[] floats = new float[count];
    Dequantizer.dequantize(type, blocks, 0, floats, 0, count);
    int length = format.groupLength();
    int least = -(1 << format.bits() - 1);
    for (int group = 0; group < count / length; group++) {
      CodeBlock line = CodeBlock.of(format, blocks, group);
      for (int i = 0; i < length; i++) {
        int code = line.codes()[i];
        assertThat(code).isBetween(least, -least - 1);
        double number = (double) line.scale() * code + line.offset();
        double size = Math.abs(line.scale() * least) + Math.abs(line.offset());
        assertThat(number - floats[group * length + i]).isBetween(-1e-6 * size, 1e-6 * size);
      }
    }
  }

  @Test
  void readsPlainNumbers() {
    ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putFloat(0, -1.5f).putShort(4, (short) 0x3555).putShort(6, (short) 0x0001);
    bytes.putShort(8, (short) 0xC049).putShort(10, (short) 0x7F80);
    MemorySegment source = MemorySegment.ofArray(bytes.array());
    float[] out = new float[5];
    Dequantizer.dequantize(DataType.F32, source, 0, out, 0, 1);
    Dequantizer.dequantize(DataType.F16, source, 4, out, 1, 2);
    Dequantizer.dequantize(DataType.BF16, source, 8, out, 3, 2);
    assertThat(out)
        .containsExactly(-1.5f, 0.33325195f, 5.9604645e-8f, -3.140625f, Float.POSITIVE_INFINITY);
  }

  @Test
  void refusesWhatIsNoWholeBlock() {
    MemorySegment source = MemorySegment.ofArray(new byte[34]);
    assertThatThrownBy(() -> Dequantizer.dequantize(DataType.Q8_0, source, 0, new float[33], 0, 33))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("33");
    assertThatThrownBy(() -> Dequantizer.dequantize(DataType.Q8_0, source, 1, new float[32], 0, 32))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static byte[] resource(DataType type, String ending) throws IOException {
    String name = "/blocks/%s.%s".formatted(type.name().toLowerCase(Locale.ROOT), ending);
    try (InputStream in = DequantizerTest.class.getResourceAsStream(name)) {
      assertThat(in).as(name).isNotNull();
      return in.readAllBytes();
    }
  }

  private static float[] floats(byte[] bytes) {
    float[] result = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(result);
    return result;
  }

  private static int[] bits(float[] values) {
    int[] result = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = Float.floatToRawIntBits(values[i]);
    }
    return result;
  }
}
