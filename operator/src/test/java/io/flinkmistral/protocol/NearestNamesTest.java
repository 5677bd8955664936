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
  void aLetterMoreLessOrElseIsOneStepAndSoAreTwoThatAreSwapped() {
    assertThat(NearestNames.distance("abc", "abcd")).isEqualTo(1);
    assertThat(NearestNames.distance("abc", "bc")).isEqualTo(1);
    assertThat(NearestNames.distance("abc", "abd")).isEqualTo(1);
    assertThat(NearestNames.distance("ab", "ba")).isEqualTo(1);
    assertThat(NearestNames.distance("xab", "xba")).isEqualTo(1);
    assertThat(NearestNames.distance("abab", "baba")).isEqualTo(2);
    assertThat(NearestNames.distance("a", "")).isEqualTo(1);
    assertThat(NearestNames.distance("aac", "aca")).isEqualTo(1);
    assertThat(NearestNames.distance("ab", "ca")).isEqualTo(2);
    assertThat(NearestNames.distance("abx", "bca")).isEqualTo(3);
  }

  @Test
  void wordsThatAreLeftOutOrMisspelledCountLessThanOthers() {
    List<String> options = List.of("kafka.topic.prompts", "job.name", "request.max-tokens");
    assertThat(NearestNames.of("prompts", options)).containsExactly("kafka.topic.prompts");
    assertThat(NearestNames.of("max-tokens", options)).containsExactly("request.max-tokens");
    assertThat(NearestNames.of("maxTokens", options)).containsExactly("request.max-tokens");
    assertThat(NearestNames.of("requestMaxTokns", options)).containsExactly("request.max-tokens");
    assertThat(NearestNames.of("tokens.max.request", options))
        .containsExactly("request.max-tokens");
    assertThat(NearestNames.of("job.title", options)).isEmpty();
    assertThat(NearestNames.of("job", options)).containsExactly("job.name");
  }

  @Test
  void ofManyThatAreAsNearNoneIsSuggested() {
    assertThat(NearestNames.of("a", List.of("a.b", "a.c", "a.d", "a.e"))).hasSize(4);
    assertThat(NearestNames.of("a", List.of("a.b", "a.c", "a.d", "a.e", "a.f"))).isEmpty();
  }

  @Test
  void asksInWords() {
    assertThat(NearestNames.question("-D", "prompt", NAMES)).isEqualTo("; did you mean -Dprompts?");
    assertThat(NearestNames.question("-D", "broker", NAMES)).isEmpty();
    assertThat(NearestNames.question("--", "a", List.of("a.y", "a.z", "b.c")))
        .isEqualTo("; did you mean --a.y or --a.z?");
    assertThat(NearestNames.question("--", "a", List.of("a.z", "a.x", "a.y", "b.c")))
        .isEqualTo("; did you mean --a.x, --a.y or --a.z?");
  }
}
