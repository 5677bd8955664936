package io.flinkmistral.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.util.function.ThrowingRunnable;
import org.junit.jupiter.api.Test;

/** When a slot stops reading. Where it would wait, the next of the test's mails is run. */
class IntakeTest {
  private final Deque<Runnable> mails = new ArrayDeque<>();
  private boolean restoring;
  private final Intake intake = new Intake(new OneByOne(), () -> restoring, 3, 100);

  @Test
  void asManyRequestsAsAreAllowedStopTheReading() throws Exception {
    arrive(1, 1);
    intake.awaitRoom();
    arrive(1);
    mails.add(() -> intake.finished(1));
    intake.awaitRoom();
    assertThat(mails).isEmpty();
    assertThat(intake.bytes()).isEqualTo(2);
  }

  @Test
  void soDoTheirBytes() throws Exception {
    arrive(99);
    intake.awaitRoom();
    arrive(1);
    mails.add(() -> {});
    mails.add(() -> intake.finished(99));
    intake.awaitRoom();
    assertThat(mails).isEmpty();
    assertThat(intake.bytes()).isEqualTo(1);
  }

  @Test
  void whatStandsBeforeABarrierIsRead() throws Exception {
    arrive(1, 1, 1);
    intake.checkpointBegins(7);
    intake.awaitRoom();
    intake.checkpointTaken(7);
    mails.add(() -> intake.finished(1));
    intake.awaitRoom();
    assertThat(mails).isEmpty();
  }

  @Test
  void aCheckpointThatIsOverCountsNoMore() throws Exception {
    arrive(1, 1, 1);
    intake.checkpointTaken(8);
    intake.checkpointBegins(7); // It was given up before.
    mails.add(() -> intake.checkpointBegins(9));
    intake.awaitRoom();
    assertThat(mails).isEmpty();
    intake.checkpointTaken(5);
    intake.awaitRoom();
  }

  @Test
  void forACheckpointThatIsLateAsManyAreReadOnceMore() throws Exception {
    arrive(1, 1, 1);
    intake.checkpointBegins(7);
    intake.checkpointTaken(7);
    intake.checkpointIsLate(7);
    for (int i = 0; i < 3; i++) {
      intake.awaitRoom();
      arrive(1);
    }
    mails.add(() -> intake.finished(1));
    mails.add(() -> intake.checkpointIsLate(7));
    mails.add(() -> intake.checkpointIsLate(8));
    intake.awaitRoom();
    assertThat(mails).isEmpty();
    intake.checkpointOver(8);
    mails.add(() -> intake.checkpointIsLate(9));
    intake.awaitRoom();
    assertThat(mails).isEmpty();
  }

  /** A cancellation may be among what comes. */
  @Test
  void oneThatReadsOnTakesInOneForEachMailUpToTwiceTheLimits() throws Exception {
    intake.readOn();
    arrive(1, 1, 1);
    for (int i = 0; i < 3; i++) {
      mails.add(() -> {});
      intake.awaitRoom();
      assertThat(mails).isEmpty();
      arrive(1);
    }
    mails.add(() -> {});
    mails.add(() -> intake.finished(1));
    intake.awaitRoom();
    assertThat(mails).as("no more than twice").isEmpty();
    arrive(194);
    mails.add(() -> {});
    mails.add(() -> intake.finished(1));
    intake.awaitRoom();
    assertThat(mails).as("nor in bytes").isEmpty();
  }

  @Test
  void thereIsNoLimitWhileATaskReadsWhatACheckpointKept() throws Exception {
    restoring = true;
    arrive(200);
    intake.awaitRoom();
  }

  @Test
  void theEndWaitsForAllAnswers() throws Exception {
    assertThat(intake.isEmpty()).isTrue();
    intake.awaitEnd();
    arrive(1, 1);
    assertThat(intake.isEmpty()).isFalse();
    mails.add(() -> intake.finished(1));
    mails.add(() -> intake.finished(1));
    intake.awaitEnd();
    assertThat(intake.isEmpty()).isTrue();
    assertThat(mails).isEmpty();
  }

  private void arrive(long... bytes) {
    Arrays.stream(bytes).forEach(intake::arrived);
  }

  private final class OneByOne implements MailboxExecutor {
    @Override
    public void execute(
        MailOptions options,
        ThrowingRunnable<? extends Exception> command,
        String description,
        Object... arguments) {
      throw new UnsupportedOperationException("there is nothing to be posted");
    }

    @Override
    public void yield() {
      mails.removeFirst().run();
    }

    @Override
    public boolean tryYield() {
      throw new UnsupportedOperationException("it is to wait");
    }

    @Override
    public boolean shouldInterrupt() {
      return false;
    }
  }
}
