package io.flinkmistral.jobs.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.Moderation.Action;
import io.flinkmistral.protocol.Moderation.Judged;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a request says that is judged of it, and what its job says to that. */
class ModerationReaderTest {
  private static final Moderation PROMPTS =
      Moderation.of(Judged.PROMPT, Action.FLAG)
          .withCategories(List.of("pii"))
          .withThresholds(Map.of("pii", 0.75));
  private static final Moderation BLOCKS = Moderation.of(Judged.PROMPT, Action.BLOCK);

  private static Optional<Moderation> read(ModerationRule rule, String json) {
    String request =
        "{\"conversation_id\": \"c\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]%s}"
            .formatted(json.isEmpty() ? "" : ", \"moderation\": " + json.replace('\'', '"'));
    return new RequestReader(10_000, UnknownFields.REFUSE, rule)
        .read(Records.of(request))
        .turn()
        .moderation();
  }

  private static Optional<Moderation> read(String json) {
    return read(ModerationRule.WHO_ASKS, json);
  }

  @Test
  void whoAsksIsJudged() {
    assertThat(read("")).isEmpty();
    assertThat(read("null")).isEmpty();
    assertThat(read("'none'")).isEmpty();
    assertThat(read("{'on': 'none', 'rubric': 'paper'}")).isEmpty();
    assertThat(read("'answer'")).contains(Moderation.of(Judged.ANSWER, Action.FLAG));
    assertThat(read("{}")).contains(Moderation.of(Judged.BOTH, Action.FLAG));
    assertThat(
            read(
                "{'on': 'prompt', 'action': 'block', 'threshold': 0.25,"
                    + " 'categories': ['sexual', 'pii: 0.75']}"))
        .contains(
            BLOCKS
                .withThreshold(0.25)
                .withCategories(List.of("sexual", "pii"))
                .withThresholds(Map.of("sexual", 0.25, "pii", 0.75)));
    assertThat(read("{'rubric': {'categories': {'spam': 'ads'}}, 'thresholds': {'spam': 1}}"))
        .contains(
            Moderation.of(Judged.BOTH, Action.FLAG)
                .withRubric("{\"categories\":{\"spam\":\"ads\"}}")
                .withThresholds(Map.of("spam", 1.0)));
  }

  @Test
  void whatAJobSaysIsWhatARequestNeedNotSay() {
    ModerationRule rule = new ModerationRule(PROMPTS, false, false);
    assertThat(read(rule, "")).isEmpty();
    assertThat(read(rule, "{}")).contains(PROMPTS);
    assertThat(read(rule, "{'rubric': 'paper'}"))
        .contains(Moderation.of(Judged.PROMPT, Action.FLAG).withRubric("paper"));
    assertThat(read(rule, "{'threshold': 0.25}"))
        .contains(PROMPTS.withThreshold(0.25).withThresholds(Map.of()));
  }

  @Test
  void whereAllAreJudgedARequestCanOnlyAdd() {
    ModerationRule flags = new ModerationRule(PROMPTS, true, false);
    for (String asked : List.of("", "'none'", "{'on': 'none'}", "'prompt'", "{}")) {
      assertThat(read(flags, asked)).as(asked).contains(PROMPTS);
    }
    assertThat(read(flags, "'answer'").orElseThrow().judged()).isEqualTo(Judged.BOTH);
    Moderation both = read(flags, "{'on': 'answer', 'action': 'block'}").orElseThrow();
    assertThat(both.judged()).isEqualTo(Judged.BOTH);
    assertThat(both.action()).isEqualTo(Action.BLOCK);
    assertThat(both.categories()).containsExactly("pii");
    assertThat(read(new ModerationRule(BLOCKS, true, false), "{'action': 'flag'}"))
        .contains(BLOCKS);
    for (String field :
        List.of("'rubric': 'paper'", "'threshold': 1", "'thresholds': {}", "'categories': []")) {
      String name = "moderation." + field.split("'")[1];
      assertThatExceptionOfType(InvalidRequestException.class)
          .isThrownBy(() -> read(flags, "{%s}".formatted(field)))
          .withMessageStartingWith(name + " is for the job to say")
          .satisfies(e -> assertThat(e.parameter()).isEqualTo(name));
    }
  }

  @Test
  void whereItMayBeReplacedARequestCanSwitchItOff() {
    ModerationRule rule = new ModerationRule(BLOCKS, true, true);
    assertThat(read(rule, "")).contains(BLOCKS);
    assertThat(read(rule, "'none'")).isEmpty();
    assertThat(read(rule, "{'on': 'answer', 'action': 'flag', 'rubric': 'paper'}"))
        .contains(Moderation.of(Judged.ANSWER, Action.FLAG).withRubric("paper"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          {'on': 'all'} | moderation.on must be "prompt", "answer", "both" or "none"
          {'action': 'drop'} | moderation.action must be "flag" or "block"
          {'rubric': 'strict'} | moderation.rubric
          {'rubric': {'categories': {}}} | moderation.rubric
          {'rubric': {'categories': {'a': '\\ud800'}}} | moderation.rubric has half a surrogate pair
          {'threshold': 2} | moderation.threshold must be from 0 to 1
          {'thresholds': {'pii': 2}} | moderation.thresholds must be from 0 to 1
          {'thresholds': {'spam': 1}} | moderation.categories
          {'categories': ['sexuel']} | moderation.categories: "sexuel" is no category
          {'model': 'omni'} | moderation.model is not supported: the model that answers judges
          {'of': 'prompt'} | moderation.of is not known
          """)
  void isRefusedByTheWholeNameOfItsField(String json, String message) {
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> read(json))
        .withMessageStartingWith(message)
        .satisfies(e -> assertThat(message).startsWith(e.parameter()));
  }
}
