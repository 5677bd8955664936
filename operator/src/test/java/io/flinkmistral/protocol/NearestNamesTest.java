package io.flinkmistral.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNamesTest {
  private static final List<String> NAMES = List.of("model", "prompts", "options", "taskmanagers");

  @Test
  void measuresHowFarWordsAre() {
    assertThat(NearestNames.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(NearestNames.distance("", "abc")).isEqualTo(3);
    assertThat(NearestNames.distance("abc", "abc")).isZero();
    assertThat(NearestNames.distance("modle", "model")).isEqualTo(1);
  }

  @Test
  void findsWhatIsNear() {
    assertThat(NearestNames.of("modle", NAMES)).containsExactly("model");
    assertThat(NearestNames.of("TaskManager", NAMES)).containsExactly("taskmanagers");
    assertThat(NearestNames.of("task-managers", NAMES)).containsExactly("taskmanagers");
    assertThat(NearestNames.of("temperature", NAMES)).isEmpty();
    assertThat(NearestNames.of("", NAMES)).isEmpty();
    assertThat(NearestNames.of("x".repeat(1_000_000), NAMES)).isEmpty();
  }

  @Test
  void asksInWords() {
    assertThat(NearestNames.question("-D", "prompt", NAMES)).isEqualTo("; did you mean -Dprompts?");
    assertThat(NearestNames.question("-D", "broker", NAMES)).isEmpty();
    assertThat(NearestNames.question("--", "a", List.of("a.y", "a.z", "b.c")))
        .isEqualTo("; did you mean --a.y or --a.z?");
  }
}
