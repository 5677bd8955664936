package io.flinkmistral.enrichment.changelog;

import static org.apache.flink.types.RowKind.DELETE;
import static org.apache.flink.types.RowKind.INSERT;
import static org.apache.flink.types.RowKind.UPDATE_AFTER;
import static org.apache.flink.types.RowKind.UPDATE_BEFORE;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One subtask, whose answers come when the test gives them. */
@Timeout(60)
@SuppressWarnings("try") // That closing a harness may be interrupted.
class ChangelogOperatorTest {
  private final ByHand model = new ByHand();

  private static Row row(RowKind kind, int id, String text, int price) {
    return Row.ofKind(kind, id, text, price);
  }

  private ChangelogSubtask opened(OperatorSubtaskState state) throws Exception {
    return ChangelogSubtask.opened(model, state, 1, 0);
  }

  /** The example of the package. */
  @Test
  void whatChangesIsAskedAboutAndWhatDoesNotIsRepeated() throws Exception {
    try (ChangelogSubtask subtask = opened(null)) {
      subtask.send(row(INSERT, 7, "lamp", 10));
      assertThat(subtask.said()).isEmpty();
      model.answer("lamp");
      subtask.run();
      assertThat(subtask.said()).containsExactly("+I[7, lamp, 10, lamp!]");
      subtask.send(row(UPDATE_AFTER, 7, "lamp", 12));
      assertThat(subtask.said())
          .hasSize(3)
          .endsWith("-U[7, lamp, 10, lamp!]", "+U[7, lamp, 12, lamp!]");
      subtask.send(row(UPDATE_AFTER, 7, "it broke", 12));
      assertThat(subtask.said()).hasSize(3);
      model.answer("it broke");
      subtask.run();
      assertThat(subtask.said())
          .hasSize(5)
          .endsWith("-U[7, lamp, 12, lamp!]", "+U[7, it broke, 12, it broke!]");
      subtask.send(Row.ofKind(DELETE, 7, null, null)); // Its key alone.
      assertThat(subtask.said()).hasSize(6).endsWith("-D[7, it broke, 12, it broke!]");
      assertThat(model.texts()).containsExactly("lamp", "it broke");
    }
  }

  @Test
  void aRowThatIsTakenBackFirstIsTakenBackAtOnce() throws Exception {
    try (ChangelogSubtask subtask = shown(7, "lamp", 10)) {
      subtask.send(row(UPDATE_BEFORE, 7, "lamp", 10));
      subtask.send(row(UPDATE_AFTER, 7, "lamp", 12));
      assertThat(subtask.said())
          .hasSize(3)
          .endsWith("-U[7, lamp, 10, lamp!]", "+U[7, lamp, 12, lamp!]");
      subtask.send(row(UPDATE_BEFORE, 7, "lamp", 12));
      subtask.send(row(UPDATE_AFTER, 7, "it broke", 12));
      assertThat(subtask.said()).hasSize(4).endsWith("-U[7, lamp, 12, lamp!]");
      model.answer("it broke");
      subtask.run();
      assertThat(subtask.said()).hasSize(5).endsWith("+U[7, it broke, 12, it broke!]");
    }
  }

  /** Those downstream who pass over -U still have the row. */
  @Test
  void aRowThatIsDeletedWhileItsSuccessorIsAskedAboutIsDeletedForAll() throws Exception {
    try (ChangelogSubtask subtask = shown(7, "lamp", 10)) {
      subtask.send(row(UPDATE_BEFORE, 7, "lamp", 10));
      subtask.send(row(UPDATE_AFTER, 7, "it broke", 10));
      subtask.send(row(DELETE, 7, "it broke", 10));
      assertThat(subtask.said())
          .hasSize(4)
          .endsWith("-U[7, lamp, 10, lamp!]", "+U[7, lamp, 10, lamp!]", "-D[7, lamp, 10, lamp!]");
      assertThat(model.open()).isEmpty();
    }
  }

  @Test
  void aTextThatComesBackUnderWayNeedsNoOtherAnswer() throws Exception {
    try (ChangelogSubtask subtask = opened(null)) {
      subtask.send(row(INSERT, 7, "lamp", 10));
      for (int price = 11; price < 20; price++) {
        subtask.send(row(UPDATE_BEFORE, 7, "lamp", price - 1));
        subtask.send(row(UPDATE_AFTER, 7, "lamp", price));
      }
      model.answer("lamp");
      subtask.run();
      assertThat(subtask.said()).containsExactly("+I[7, lamp, 19, lamp!]");
      assertThat(model.texts()).containsExactly("lamp");
    }
  }

  @Test
  void versionsBetweenTwoAnswersArePassedOver() throws Exception {
    try (ChangelogSubtask subtask = opened(null)) {
      subtask.send(row(INSERT, 7, "a", 1));
      subtask.send(row(INSERT, 8, "x", 1));
      for (String text : List.of("b", "c", "d")) {
        subtask.send(row(UPDATE_AFTER, 7, text, 1));
      }
      model.answer("a");
      subtask.run();
      model.answer("d");
      model.answer("x");
      subtask.run();
      assertThat(subtask.said())
          .containsExactly(
              "+I[7, a, 1, a!]", "-U[7, a, 1, a!]", "+U[7, d, 1, d!]", "+I[8, x, 1, x!]");
      assertThat(model.texts()).containsExactly("a", "x", "d");
    }
  }

  @Test
  void aTextThatGoesBackToWhatWasSaidNeedsNoAnswer() throws Exception {
    try (ChangelogSubtask subtask = shown(7, "lamp", 10)) {
      subtask.send(row(UPDATE_AFTER, 7, "it broke", 10));
      subtask.send(row(UPDATE_AFTER, 7, "lamp", 11));
      assertThat(model.open()).isEmpty();
      assertThat(subtask.said())
          .hasSize(3)
          .endsWith("-U[7, lamp, 10, lamp!]", "+U[7, lamp, 11, lamp!]");
    }
  }

  @Test
  void aDeletionEndsWhatIsComputed() throws Exception {
    try (ChangelogSubtask subtask = opened(null)) {
      subtask.send(row(INSERT, 7, "lamp", 10));
      subtask.watermark(5);
      subtask.send(row(DELETE, 7, "lamp", 10));
      assertThat(model.open()).isEmpty();
      subtask.run();
      assertThat(subtask.said()).isEmpty();
      assertThat(subtask.watermarks()).containsExactly(5L);
    }
  }

  @Test
  void whatTakesBackAnUnknownRowIsPassedOver() throws Exception {
    try (ChangelogSubtask subtask = opened(null)) {
      subtask.send(row(DELETE, 7, "lamp", 10));
      subtask.send(row(UPDATE_BEFORE, 8, "lamp", 10));
      subtask.run();
      assertThat(subtask.getOutput()).isEmpty();
    }
  }

  @Test
  void aChangeThatChangesNothingSaysNothing() throws Exception {
    try (ChangelogSubtask subtask = shown(7, "lamp", 10)) {
      subtask.send(row(UPDATE_AFTER, 7, "lamp", 10));
      subtask.send(row(INSERT, 7, "lamp", 10));
      assertThat(subtask.said()).hasSize(1);
    }
  }

  @Test
  void aResultOfTheMomentIsNotRepeated() throws Exception {
    try (ChangelogSubtask subtask = shown(7, "~late", 10)) {
      subtask.send(row(UPDATE_AFTER, 7, "~late", 11));
      assertThat(model.texts()).containsExactly("~late", "~late");
    }
  }

  @Test
  void aWatermarkStaysBehindWhatCameBeforeIt() throws Exception {
    try (ChangelogSubtask subtask = opened(null)) {
      subtask.send(row(INSERT, 7, "a", 1));
      subtask.watermark(1);
      subtask.send(row(UPDATE_AFTER, 7, "b", 1));
      subtask.watermark(2);
      model.answer("a");
      subtask.run();
      assertThat(subtask.watermarks()).containsExactly(1L);
      model.answer("b");
      subtask.run();
      assertThat(subtask.watermarks()).containsExactly(1L, 2L);
    }
  }

  @Test
  void whatWaitsIsAskedAboutAgainAfterARestoreWithMoreSubtasks() throws Exception {
    OperatorSubtaskState state;
    try (ChangelogSubtask subtask = opened(null)) {
      for (int id = 0; id < 20; id++) {
        subtask.send(row(INSERT, id, "a" + id, 1));
        model.answer("a" + id);
      }
      subtask.run();
      for (int id = 0; id < 10; id++) {
        subtask.send(row(UPDATE_AFTER, id, "b" + id, 2));
      }
      subtask.send(row(UPDATE_BEFORE, 19, "a19", 1));
      state = subtask.snapshot(1, 1);
    }
    model.forget();
    List<String> said = new ArrayList<>();
    for (int index = 0; index < 3; index++) {
      OperatorSubtaskState part =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              state, ChangelogSubtask.MAX_PARALLELISM, 1, 3, index);
      try (ChangelogSubtask subtask = ChangelogSubtask.opened(model, part, 3, index)) {
        model.open().forEach(ByHand.Asked::answerIt);
        subtask.run();
        said.addAll(subtask.said());
      }
    }
    List<String> expected = new ArrayList<>();
    for (int id = 0; id < 10; id++) {
      expected.add("-U[%d, a%d, 1, a%d!]".formatted(id, id, id));
      expected.add("+U[%d, b%d, 2, b%d!]".formatted(id, id, id));
    }
    assertThat(said).containsExactlyInAnyOrderElementsOf(expected);
    try (ChangelogSubtask subtask = opened(state)) {
      subtask.send(row(UPDATE_AFTER, 19, "a19", 5));
      subtask.send(row(UPDATE_AFTER, 18, "a18", 5));
      assertThat(subtask.said())
          .containsExactly("+U[19, a19, 5, a19!]", "-U[18, a18, 1, a18!]", "+U[18, a18, 5, a18!]");
    }
  }

  @Test
  void whatIsRepeatedAndWhatIsPassedOverIsCounted() throws Exception {
    try (ChangelogSubtask subtask = shown(7, "lamp", 10)) {
      assertThat(subtask.count("results_repeated_total")).isZero();
      subtask.send(row(UPDATE_AFTER, 7, "lamp", 12));
      subtask.send(row(UPDATE_AFTER, 7, "lamp", 13));
      subtask.send(row(UPDATE_AFTER, 7, "it broke", 13));
      assertThat(subtask.count("results_repeated_total")).isEqualTo(2);
      assertThat(subtask.count("changes_passed_over_total")).isZero();
      subtask.send(row(DELETE, 8, "nobody's", 1));
      subtask.send(row(UPDATE_BEFORE, 9, "nobody's", 1));
      subtask.send(row(DELETE, 7, "it broke", 13));
      assertThat(subtask.count("changes_passed_over_total")).isEqualTo(2);
    }
  }

  @Test
  void aRowIsForgottenSoLongAfterItsLastChange() throws Exception {
    Duration retention = Duration.ofHours(1);
    OperatorSubtaskState state;
    try (ChangelogSubtask subtask = ChangelogSubtask.opened(model, retention, null, 1, 0)) {
      subtask.send(row(INSERT, 7, "lamp", 10));
      subtask.send(row(INSERT, 8, "phone", 10));
      subtask.send(row(INSERT, 9, "sofa", 10));
      List.copyOf(model.open()).forEach(ByHand.Asked::answerIt);
      subtask.run();
      subtask.setStateTtlProcessingTime(retention.toMillis() / 2);
      subtask.send(row(UPDATE_AFTER, 8, "phone", 11));
      subtask.setStateTtlProcessingTime(retention.toMillis());
      subtask.send(row(UPDATE_AFTER, 8, "phone", 12));
      assertThat(subtask.said()).hasSize(7).endsWith("+U[8, phone, 12, phone!]");
      subtask.send(row(UPDATE_AFTER, 7, "lamp", 11));
      model.answer("lamp");
      subtask.run();
      assertThat(subtask.said()).hasSize(8).endsWith("+I[7, lamp, 11, lamp!]");
      subtask.send(row(DELETE, 9, "sofa", 10));
      assertThat(subtask.said()).hasSize(8);
      assertThat(subtask.count("changes_passed_over_total")).isEqualTo(1);
      state = subtask.snapshot(1, 1);
    }
    try (ChangelogSubtask forEver = opened(state)) {
      forEver.send(row(UPDATE_AFTER, 8, "phone", 13));
      assertThat(forEver.said())
          .containsExactly("-U[8, phone, 12, phone!]", "+U[8, phone, 13, phone!]");
      state = forEver.snapshot(2, 2);
    }
    try (ChangelogSubtask again = ChangelogSubtask.opened(model, retention, state, 1, 0)) {
      again.send(row(UPDATE_AFTER, 8, "phone", 14));
      assertThat(again.said())
          .containsExactly("-U[8, phone, 13, phone!]", "+U[8, phone, 14, phone!]");
    }
  }

  private ChangelogSubtask shown(int id, String text, int price) throws Exception {
    ChangelogSubtask subtask = opened(null);
    subtask.send(row(INSERT, id, text, price));
    model.answer(text);
    subtask.run();
    assertThat(subtask.said()).hasSize(1);
    return subtask;
  }
}
