package io.flinkmistral.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class QuantizerTest {
  /** Of normal numbers: root mean squares that are a little above those of ggml's own rounding. */
  private static final Map<DataType, Double> ERRORS =
      Map.of(
          DataType.F32, 1e-30,
          DataType.F16, 3e-4,
          DataType.BF16, 2e-3,
          DataType.Q8_0, 0.0056,
          DataType.Q4_0, 0.088,
          DataType.Q4_K, 0.075,
          DataType.Q6_K, 0.0187);

  static Stream<DataType> written() {
    return Arrays.stream(DataType.values()).filter(Quantizer::supports);
  }

  @ParameterizedTest
  @MethodSource("written")
  void errorsAreThoseOfTheFormat(DataType type) {
    assertThat(ERRORS).containsKey(type);
    double most = ERRORS.get(type);
    float[] numbers = normal(1 << 16, 1);
    double squares = 0;
    float[] rounded = rounded(type, numbers);
    for (int i = 0; i < numbers.length; i++) {
      squares += Math.pow(rounded[i] - numbers[i], 2);
    }
    double least = type == DataType.F32 ? 0 : most / 2;
    assertThat(Math.sqrt(squares / numbers.length)).isBetween(least, most);
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"F32", "F16", "BF16", "Q8_0", "Q4_0"})
  void roundingTwiceChangesNothing(DataType type) {
    float[] once = rounded(type, normal(1024, 0.02f));
    assertThat(rounded(type, once)).isEqualTo(once);
  }

  @ParameterizedTest
  @MethodSource("written")
  void zerosStayZeros(DataType type) {
    assertThat(rounded(type, new float[512])).containsOnly(0f);
    float[] one = new float[512];
    one[300] = -3;
    float[] result = rounded(type, one);
    for (int i = 0; i < one.length; i++) {
      assertThat(result[i]).as("number %d", i).isBetween(one[i] - 0.05f, one[i] + 0.05f);
    }
  }

  @Test
  void q8RoundsHalvesAwayFromZero() {
    float[] numbers = new float[32];
    numbers[0] = 127;
    numbers[1] = 0.5f;
    numbers[2] = -0.5f;
    numbers[3] = Math.nextDown(0.5f);
    numbers[4] = 1.5f;
    numbers[5] = -2.5f;
    assertThat(rounded(DataType.Q8_0, numbers)).startsWith(127, 1, -1, 0, 2, -3).endsWith(0, 0, 0);
  }

  @Test
  void q4PutsTheGreatestAtMinusEightAndCutsItsCounterpart() {
    float[] numbers = new float[32];
    numbers[0] = 8;
    numbers[1] = -8;
    numbers[2] = 0.5f;
    numbers[3] = -0.5f;
    numbers[17] = 3.4f;
    float[] result = rounded(DataType.Q4_0, numbers);
    assertThat(result).startsWith(8, -7, 0, -1);
    assertThat(result[17]).isEqualTo(3);
    numbers[1] = 0;
    numbers[0] = -8;
    assertThat(rounded(DataType.Q4_0, numbers)).startsWith(-8, 0, 1, 0);
  }

  @Test
  void bfloat16RoundsToNearestEven() {
    float[] numbers = {0x1.01p0f, 0x1.03p0f, 0x1.010002p0f, -0x1.01p0f};
    assertThat(rounded(DataType.BF16, numbers))
        .containsExactly(0x1.0p0f, 0x1.04p0f, 0x1.02p0f, -0x1.0p0f);
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void writesNothingOutsideItsSlice(DataType type) {
    byte[] target = new byte[3 * type.blockBytes()];
    MemorySegment segment = MemorySegment.ofArray(target).fill((byte) 0x55);
    float[] numbers = normal(type.blockLength(), 1);
    if (!Quantizer.supports(type)) {
      assertThatThrownBy(() -> Quantizer.quantize(type, numbers, segment, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(type.name());
      return;
    }
    Quantizer.quantize(type, numbers, segment, type.blockBytes());
    for (int i = 0; i < target.length; i++) {
      if (i < type.blockBytes() || i >= 2 * type.blockBytes()) {
        assertThat(target[i]).as("byte %d", i).isEqualTo((byte) 0x55);
      }
    }
  }

  @Test
  void refusesWhatIsNoWholeBlock() {
    MemorySegment target = MemorySegment.ofArray(new byte[1000]);
    assertThatThrownBy(() -> Quantizer.quantize(DataType.Q8_0, new float[33], target, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("33");
    assertThatThrownBy(() -> Quantizer.quantize(DataType.Q8_0, new float[32], target, 990))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static float[] rounded(DataType type, float[] numbers) {
    MemorySegment blocks = MemorySegment.ofArray(new byte[(int) type.bytes(numbers.length)]);
    Quantizer.quantize(type, numbers, blocks, 0);
    float[] result = new float[numbers.length];
    Dequantizer.dequantize(type, blocks, 0, result, 0, result.length);
    for (int i = 0; i < result.length; i++) {
      result[i] += 0f; // makes a negative zero positive: blocks may have either
    }
    return result;
  }

  private static float[] normal(int count, float deviation) {
    Random random = new Random(count);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian() * deviation;
    }
    return numbers;
  }
}
