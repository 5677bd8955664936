package io.flinkmistral.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Windows of lm-evaluation-harness, whose own tests have these numbers. */
class TextTokensTest {
  @Test
  void aTextIsScoredOnceInWindowsWhoseLastHasAsMuchContextAsThereIsRoomFor() {
    assertThat(windows(34, 10))
        .isEqualTo(
            List.of(
                List.of(List.of(-100), range(0, 10)),
                List.of(range(9, 10), range(10, 20)),
                List.of(range(19, 20), range(20, 30)),
                List.of(range(23, 30), range(30, 34))));
    assertThat(windows(10, 10)).isEqualTo(List.of(List.of(List.of(-100), range(0, 10))));
    assertThat(windows(3, 10)).isEqualTo(List.of(List.of(List.of(-100), range(0, 3))));
    assertThat(windows(0, 2)).isEmpty();
  }

  private static List<List<List<Integer>>> windows(int tokens, int most) {
    return TextTokens.windows(IntStream.range(0, tokens).toArray(), -100, most).stream()
        .map(pair -> List.of(boxed(pair.context()), boxed(pair.continuation())))
        .toList();
  }

  private static List<Integer> boxed(int[] values) {
    return IntStream.of(values).boxed().toList();
  }

  private static List<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }
}
