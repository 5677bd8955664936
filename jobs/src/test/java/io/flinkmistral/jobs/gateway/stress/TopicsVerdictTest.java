package io.flinkmistral.jobs.gateway.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** What is taken for a fault, and what is not. */
class TopicsVerdictTest {
  private static final Told.End STOP = new Told.End("stop", 2);

  private final TopicsVerdict verdict = new TopicsVerdict();

  private void prompt(String id) {
    take("prompts", "{\"request_id\": \"%s\"}".formatted(id));
  }

  private void answer(String id, String text, String reason) {
    take(
        "completions",
        """
        {"request_id": "%s", "choices": [{"message": {"content": "%s"}, "finish_reason": "%s"}], "usage": {"completion_tokens": 2}}\
        """
            .formatted(id, text, reason));
  }

  private void take(String topic, String json) {
    verdict.take(topic, new JsonMapper().readTree(json));
  }

  private List<String> faults(Told... told) {
    verdict.judge(List.of(told));
    return verdict.faults();
  }

  @Test
  void whatIsAnsweredOnceAndToldSoIsWell() {
    for (String id : List.of("a", "b", "c", "d")) {
      prompt(id);
    }
    take("prompts", "{\"cancel\": \"c\"}");
    answer("a", "once upon", "stop");
    answer("b", "once upon", "stop");
    answer("c", "once", "cancelled");
    answer("d", "once upon", "length");
    assertThat(
            faults(
                new Told("a", "", "once upon", STOP),
                new Told("b", "", "once", Told.End.NONE),
                new Told("c", "", "once upon", Told.End.NONE)))
        .isEmpty();
    assertThat(verdict.requests()).isEqualTo(4);
    assertThat(verdict.cancelled()).isEqualTo(1);
  }

  @Test
  void whatIsNotAnsweredOnceIsNot() {
    prompt("never");
    prompt("twice");
    prompt("badly");
    answer("twice", "a", "stop");
    answer("twice", "a", "stop");
    answer("unasked", "a", "stop");
    take("completions", "{\"request_id\": \"badly\", \"error\": {\"code\": \"internal\"}}");
    assertThat(faults())
        .satisfiesExactlyInAnyOrder(
            fault -> assertThat(fault).isEqualTo("never: 0 answers"),
            fault -> assertThat(fault).isEqualTo("twice: 2 answers"),
            fault -> assertThat(fault).contains("badly", "internal"),
            fault -> assertThat(fault).startsWith("unasked: answered"));
  }

  @Test
  void whatIsToldOtherwiseIsNot() {
    prompt("a");
    answer("a", "once upon a time", "stop");
    for (Told wrong :
        List.of(
            new Told("a", "", "once upon time", STOP),
            new Told("a", "", "once upon a", STOP),
            new Told("a", "", "once upon a time", new Told.End("length", 2)),
            new Told("a", "", "once upon a time", new Told.End("stop", 3)),
            new Told("a", "", "upon", Told.End.NONE),
            new Told("a", "", "once upon a time, a", Told.End.NONE),
            new Told("b", "", "once", Told.End.NONE))) {
      int before = verdict.faults().size();
      assertThat(faults(wrong)).as("%s", wrong).hasSize(before + 1);
    }
  }

  @Test
  void aKeyHasOneAnswerThatComes() {
    for (String id : List.of("key-1", "key-1b", "key-2", "key-3", "key-3b")) {
      prompt(id);
      answer(id, "a", id.equals("key-3b") ? "cancelled" : "stop");
    }
    assertThat(
            faults(
                new Told("key-1", "one", "a", STOP),
                new Told("key-1b", "one", "a", STOP),
                new Told("key-2", "two", "", Told.End.NONE),
                new Told("key-3b", "three", "a", Told.End.NONE),
                new Told("key-3", "three", "a", STOP)))
        .satisfiesExactlyInAnyOrder(
            fault -> assertThat(fault).startsWith("one: 2 answers"),
            fault -> assertThat(fault).startsWith("two: its answer never came"));
  }
}
