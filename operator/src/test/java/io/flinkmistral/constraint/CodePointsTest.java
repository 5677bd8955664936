package io.flinkmistral.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.constraint.CodePoints.Range;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CodePointsTest {
  @Test
  void overlappingAndTouchingRangesBecomeOne() {
    assertThat(CodePoints.of(new Range('m', 'z'), new Range('a', 'l'), new Range('c', 'e')))
        .isEqualTo(new CodePoints(List.of(new Range('a', 'z'))));
  }

  @Test
  void surrogatesAreNoCharacters() {
    assertThat(CodePoints.ALL.ranges())
        .containsExactly(new Range(0, 0xD7FF), new Range(0xE000, 0x10FFFF));
    assertThat(CodePoints.ALL.contains(0xD800)).isFalse();
  }

  @Test
  void theComplementOfTheComplementIsTheSet() {
    CodePoints set = CodePoints.in("aéz\u0000😀");
    assertThat(set.complement().complement()).isEqualTo(set);
    assertThat(set.complement().and(set)).isEqualTo(CodePoints.NONE);
    assertThat(set.complement().or(set)).isEqualTo(CodePoints.ALL);
    assertThat(CodePoints.NONE.complement()).isEqualTo(CodePoints.ALL);
  }
}
