package io.flinkmistral.kernel.machine.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.attention.AttentionShape.Numbers;
import io.flinkmistral.kernel.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class AttentionKernelsTest {
  private record Kind(InstructionSet set, AttentionShape shape) {}

  static Stream<AttentionShape> shapes() {
    return Stream.of(Numbers.values())
        .flatMap(
            numbers ->
                IntStream.of(16, 32, 80, 96, 128, 256)
                    .filter(dims -> AttentionShape.fits(numbers, dims, 16))
                    .boxed()
                    .flatMap(
                        dims ->
                            IntStream.of(16, 48)
                                .mapToObj(page -> new AttentionShape(numbers, dims, page, 64))));
  }

  static Stream<Kind> kinds() {
    return Stream.of(InstructionSet.values())
        .filter(InstructionSet::hasAttention)
        .flatMap(set -> shapes().map(shape -> new Kind(set, shape)));
  }

  static Stream<Kind> here() {
    return kinds().filter(kind -> Host.get().instructionSets().contains(kind.set));
  }

  /** Also those that this CPU does not run. */
  @ParameterizedTest
  @MethodSource("kinds")
  void allKernelsCanBeWritten(Kind kind) {
    for (int n = 1; n <= AttentionKernels.mostQueries(kind.set); n *= 2) {
      assertThat(new ScoresWriter(kind.shape, kind.set, n).write().toBytes().length)
          .isBetween(100, 4000);
      assertThat(new SumsWriter(kind.shape, kind.set, n).write().toBytes().length)
          .isBetween(100, 20_000);
    }
  }

  /** To make them is to hold them against plain loops, bit for bit. */
  @ParameterizedTest
  @MethodSource("here")
  void theyGiveWhatPlainLoopsDo(Kind kind) {
    AttentionKernels kernels = AttentionKernels.of(kind.set, kind.shape);
    assertThat(kernels).isSameAs(AttentionKernels.of(kind.set, kind.shape));
    assertThat(kernels.shape()).isEqualTo(kind.shape);
    int most = AttentionKernels.mostQueries(kind.set);
    assertThat(most).isEqualTo(kind.set.bits() == 512 ? 16 : 4);
    assertThat(IntStream.rangeClosed(1, 17).map(kernels::queriesAtOnce))
        .allSatisfy(n -> assertThat(n).isBetween(1, most));
    assertThat(kernels.queriesAtOnce(3)).isEqualTo(2);
  }

  @ParameterizedTest
  @MethodSource("here")
  void theSelfTestFindsKernelsThatComputeSomethingElse(Kind kind) {
    AttentionKernels kernels = AttentionKernels.of(kind.set, kind.shape);
    SelfTest test = new SelfTest(kind.shape, 1);
    assertThat(test.passes(kernels, 1)).isTrue();
    for (long at : new long[] {0, test.memory().byteSize() / 2}) {
      byte number = test.memory().get(ValueLayout.JAVA_BYTE, at + 1);
      test.memory().set(ValueLayout.JAVA_BYTE, at + 1, (byte) (number ^ 16));
      assertThat(test.passes(kernels, 1)).as("keys or values at %d", at).isFalse();
      test.memory().set(ValueLayout.JAVA_BYTE, at + 1, number);
      assertThat(test.passes(kernels, 1)).isTrue();
    }
  }

  @Test
  void softmaxIsThatOfPlainLoopsAlsoOfExtremes() {
    AttentionShape shape = new AttentionShape(Numbers.HALVES, 16, 16, 256);
    float[][] extremes = {
      {},
      {Float.NEGATIVE_INFINITY},
      {Float.POSITIVE_INFINITY},
      {Float.NaN},
      {Float.NaN, Float.NEGATIVE_INFINITY},
      {3e38f, -3e38f},
      {0f, -0f},
      {1e-45f, 300}
    };
    Random random = new Random(5);
    for (InstructionSet set : Host.get().instructionSets()) {
      AttentionKernels kernels = AttentionKernels.of(set, shape);
      for (int count : new int[] {16, 32, 240, 256}) {
        for (float[] extreme : extremes) {
          float[] scores = new float[count];
          for (int i = 0; i < count; i++) {
            scores[i] = (float) random.nextGaussian() * 20;
          }
          for (int i = 0; i < 5 * extreme.length; i++) {
            scores[random.nextInt(count)] = extreme[i % extreme.length];
          }
          compareSoftmax(kernels, scores);
          Arrays.fill(scores, extreme.length == 0 ? -1 : extreme[0]);
          compareSoftmax(kernels, scores);
        }
      }
    }
  }

  /** Where the weight is no number, nothing comes of the exponentials. */
  private static void compareSoftmax(AttentionKernels kernels, float[] scores) {
    MemorySegment memory = NativeMemory.allocateFew(4L * scores.length);
    MemorySegment.copy(scores, 0, memory, ValueLayout.JAVA_FLOAT, 0, scores.length);
    MemorySegment result = NativeMemory.allocateFew(AttentionKernels.RESULT_BYTES);
    String given = Arrays.toString(scores);
    Softmax actual = kernels.softmax(memory, scores.length, result);
    Softmax expected = PlainAttention.softmax(scores, 0, scores.length);
    assertThat(actual).as(given).isEqualTo(expected);
    if (!Float.isNaN(expected.weight())) {
      assertThat(memory.toArray(ValueLayout.JAVA_FLOAT)).as(given).isEqualTo(scores);
    }
  }

  @Test
  void whatIsNotGivenIsNotTouched() {
    AttentionShape shape = new AttentionShape(Numbers.HALVES, 32, 16, 64);
    for (InstructionSet set : Host.get().instructionSets()) {
      AttentionKernels kernels = AttentionKernels.of(set, shape);
      MemorySegment table = NativeMemory.allocateFew(2L * Piece.BYTES);
      MemorySegment few = NativeMemory.allocateFew(60);
      MemorySegment many = NativeMemory.allocateFew(4096);
      assertThatThrownBy(() -> kernels.scores(table, 1, few, 1, 1, many))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernels.scores(table, 1, many, 1, 1, few))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernels.scores(table, 2, many, 1, 1, many))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernels.softmax(few, 16, many))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernels.softmax(many, 16, few))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernels.addValues(table, 1, 16, few, 1, many))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernels.addValues(table, 1, 16, many, 1, few))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> kernels.addValues(table, 2, 16, many, 1, many))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void headsAndPagesThatThereIsNoCodeForAreRefused() {
    assertThat(AttentionShape.fits(Numbers.HALVES, 40, 16)).isFalse();
    assertThat(AttentionShape.fits(Numbers.SCALED_BYTES, 48, 16)).isFalse();
    assertThat(AttentionShape.fits(Numbers.HALVES, 48, 8)).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AttentionShape(Numbers.HALVES, 40, 16, 64))
        .withMessage("40 dimensions: not a multiple of 16");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AttentionShape(Numbers.HALVES, 48, 8, 64));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AttentionShape(Numbers.HALVES, 48, 16, 16));
  }
}
