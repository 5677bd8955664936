package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.assertSameAnswers;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Slots whose conversations are decoded in one batch, which goes on without any of them. */
@Timeout(120)
class SharedModelTest {
  /** Tokens of an answer that the engine computes without waiting for the slot. */
  private static final int BRIEF = 10;

  private static final Configuration SHARED =
      options().set(MistralOptions.MODEL_NAME, "shared").set(MistralOptions.PREFILL_CHUNK, 1024);

  @Test
  void twoSlotsAreDecodedInTheSamePasses() throws Exception {
    LanguageModel model = OperatorHarness.model(SHARED);
    try (OperatorHarness one = OperatorHarness.opened(SHARED);
        OperatorHarness other = OperatorHarness.opened(SHARED)) {
      long before;
      try (StandingModel _ = new StandingModel(SHARED)) {
        before = model.engine().passes();
        for (int i = 0; i < 4; i++) {
          one.send(sampled("a" + i, "a" + i, STORY, BRIEF));
          other.send(sampled("b" + i, "b" + i, STORY, BRIEF));
        }
      }
      one.runUntilAnswered(4);
      other.runUntilAnswered(4);
      assertThat(model.engine().passes() - before).as("of eight answers").isEqualTo(BRIEF);
    }
  }

  @Test
  void noAnswerDependsOnTheSlotsBesideItNorOnWhenTheyGo() throws Exception {
    List<CompletionRequest> mine = requests("a");
    List<CompletionRequest> others = requests("b");
    Map<String, CompletionEvent> expected = answersAlone(mine);
    LanguageModel model = OperatorHarness.model(SHARED);
    try (OperatorHarness staying = OperatorHarness.opened(SHARED)) {
      for (int round = 0; round < 3; round++) {
        OperatorHarness going = OperatorHarness.opened(SHARED);
        for (CompletionRequest request : others) {
          going.send(request);
        }
        if (round == 0) {
          for (CompletionRequest request : mine) {
            staying.send(request);
          }
        }
        for (int mail = 0; mail < 3; mail++) {
          going.runMail();
          staying.runMail();
        }
        going.close(); // In the middle of its answers, and of a pass.
      }
      staying.runUntilAnswered(mine.size());
      assertSameAnswers(staying.answers(), expected);
    }
    assertThat(model.engine().running()).isZero();
    assertThat(model.heldBytes()).isZero();
  }

  @Test
  void whatTheEngineIsAheadIsNoPartOfASnapshotAndIsComputedAgain() throws Exception {
    List<CompletionRequest> requests = requests("c");
    Map<String, CompletionEvent> expected = answersAlone(requests);
    Map<String, CompletionEvent> answers = new HashMap<>();
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(SHARED)) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runMail();
      Mail withMoreTokens = operator.nextMail();
      state = operator.snapshot();
      answers.putAll(operator.answers());
      withMoreTokens.run(); // It is ahead of the snapshot, as all that follows.
      operator.runUntilAnswered(requests.size());
      assertSameAnswers(operator.answers(), expected);
    }
    try (OperatorHarness operator = new OperatorHarness(SHARED, 1, 0)) {
      operator.open(state);
      operator.runUntilAnswered(requests.size() - answers.size());
      answers.putAll(operator.answers());
    }
    assertSameAnswers(answers, expected);
  }

  @Test
  void aSlotThatStandsStillHoldsUpNobody() throws Exception {
    Configuration onePlace = options();
    onePlace.set(MistralOptions.MODEL_NAME, "one place").set(MistralOptions.MAX_CONVERSATIONS, 1);
    try (OperatorHarness standing = OperatorHarness.opened(onePlace);
        OperatorHarness other = OperatorHarness.opened(onePlace)) {
      standing.send(sampled("long", "a", STORY, 160)); // And runs no mail.
      other.send(sampled("brief", "b", STORY, 5));
      other.runUntilAnswered(1);
      standing.runUntilAnswered(1);
    }
  }

  private static List<CompletionRequest> requests(String name) {
    List<CompletionRequest> requests = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      String text = STORY + " ".repeat(i);
      requests.add(sampled(name + i, name + i % 3, text, 40 + 11 * i));
    }
    return requests;
  }

  private static Map<String, CompletionEvent> answersAlone(List<CompletionRequest> requests)
      throws Exception {
    Configuration alone = options().set(MistralOptions.MAX_CONVERSATIONS, 1);
    try (OperatorHarness operator = OperatorHarness.opened(alone)) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntilAnswered(requests.size());
      return operator.answers();
    }
  }
}
