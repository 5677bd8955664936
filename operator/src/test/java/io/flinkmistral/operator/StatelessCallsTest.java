package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.page.KvPage;
import io.flinkmistral.mailbox.Mails;
import io.flinkmistral.operator.options.KvRetention;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.TurnOptions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.util.function.ThrowingRunnable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Calls each of which is a conversation that nobody comes back to, as a gateway makes them: state
 * keeps those of a day, and of their keys and values no more than it may.
 *
 * <p>Long: {@code mvn -q test -Dtest=StatelessCallsTest -Dstateless.calls=100000
 * -Dstateless.simulated=1000000}.
 */
@Timeout(3600)
class StatelessCallsTest {
  private static final int CALLS = Integer.getInteger("stateless.calls", 1_200);
  private static final int SIMULATED = Integer.getInteger("stateless.simulated", 150_000);

  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration HOUR = Duration.ofHours(1);

  /** At 7B in f16. */
  private static final long PAGE_BYTES = 16 * 131_072L;

  private static final long STATE_BYTES = 20_000_000_000L;
  private static final int MOST_PAGES = 40;

  /** After so many calls comes a night without any. */
  private static final int DAYTIME = 40_000;

  /** A conversation of the simulation. */
  private record Call(ConversationKey key, long millis, int pages) {}

  /**
   * One call a second, of up to 40 pages each, as 7B has them: of what came within an hour, the
   * newest ones that fit have pages, and what came within a day is there.
   */
  @Test
  void theirPagesAreThoseOfTheNewestThatFit() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      ConversationState state = operator.state();
      QueuedMails mails = new QueuedMails();
      Retention retention =
          new Retention(
              new KvRetention(HOUR.toMillis(), STATE_BYTES),
              PAGE_BYTES,
              state,
              operator.harness().getProcessingTimeService(),
              new Mails(mails, _ -> {}),
              _ -> {});
      Random random = new Random(1);
      Deque<Call> ofToday = new ArrayDeque<>();
      Deque<Call> withPages = new ArrayDeque<>();
      List<KvPage> pages = new ArrayList<>();
      for (int i = 0; i < MOST_PAGES; i++) {
        pages.add(new KvPage(i, new byte[0]));
      }
      long expectedPages = 0;
      long drops = 0;
      long seconds = 0;
      for (int i = 0; i < SIMULATED; i++) {
        seconds += i % DAYTIME == DAYTIME - 1 ? HOUR.multipliedBy(7).toSeconds() : 1;
        operator.setTime(Duration.ofSeconds(seconds));
        Call call =
            new Call(new ConversationKey("s-" + i), seconds * 1000, 1 + random.nextInt(MOST_PAGES));
        Conversation conversation = state.of(call.key());
        conversation.appendPages(pages.subList(0, call.pages()), 0);
        retention.used(conversation);
        mails.runAll();
        ofToday.add(call);
        withPages.add(call);
        expectedPages += call.pages();
        while (expectedPages * PAGE_BYTES > STATE_BYTES
            || withPages.getFirst().millis() + HOUR.toMillis() <= seconds * 1000) {
          expectedPages -= withPages.removeFirst().pages();
          drops++;
        }
        while (ofToday.getFirst().millis() + DAY.toMillis() <= seconds * 1000) {
          ConversationKey old = ofToday.removeFirst().key();
          state.of(old).clear();
          retention.forgotten(old);
        }
        assertThat(retention.bytes()).isEqualTo(expectedPages * PAGE_BYTES);
        assertThat(retention.drops()).isEqualTo(drops);
      }
      assertThat(operator.harness().numKeyedStateEntries())
          .as("a header each, and the pages of some")
          .isEqualTo(ofToday.size() + withPages.size());
      assertThat(operator.harness().getProcessingTimeService().getNumActiveTimers())
          .isLessThanOrEqualTo(2);
      operator.setTime(Duration.ofSeconds(seconds).plus(HOUR));
      mails.runAll();
      assertThat(retention.bytes()).isZero();
      assertThat(operator.harness().numKeyedStateEntries()).isEqualTo(ofToday.size());
    }
  }

  /** One call each two minutes, and a checkpoint each two hours. */
  @Test
  void stateIsNoLargerAfterManyDaysThanAfterTwo() throws Exception {
    int callsADay = 720;
    int callsACheckpoint = 60;
    int pagesThatFit = 40;
    Configuration options =
        options()
            .set(MistralOptions.MODEL_NAME, "stateless")
            .set(MistralOptions.KV_RETENTION, HOUR)
            .set(
                MistralOptions.KV_STATE_LIMIT,
                new MemorySize((long) pagesThatFit * KvMemoryTest.PAGE_BYTES));
    Deque<String> newest = new ArrayDeque<>();
    List<Long> checkpointBytes = new ArrayList<>();
    List<Integer> entries = new ArrayList<>();
    try (OperatorHarness operator = new OperatorHarness(options, 1, 0)) {
      operator.withCheckpoints();
      operator.open(null);
      for (int i = 1; i <= CALLS; i++) {
        operator.setTime(Duration.ofMinutes(2L * i));
        operator.send(stateless(i));
        operator.runUntilAnswered(1);
        assertThat(operator.events().getLast()).isInstanceOf(CompletionEvent.Completed.class);
        operator.harness().getOutput().clear();
        newest.addLast(name(i));
        if (newest.size() > callsADay) {
          newest.removeFirst();
        }
        if (i % callsACheckpoint == 0) {
          OperatorSubtaskState checkpoint = operator.snapshot(i);
          operator.checkpointComplete(i);
          checkpointBytes.add(checkpoint.getStateSize());
          entries.add(operator.harness().numKeyedStateEntries());
          int pages = 0;
          for (String conversation : newest) {
            pages += operator.pagesOf(conversation).size();
          }
          assertThat(pages).isBetween(1, pagesThatFit);
          assertThat(operator.harness().numProcessingTimeTimers())
              .isLessThanOrEqualTo(callsADay + callsACheckpoint + 1);
        }
      }
    }
    // Since the first ones are forgotten. Calls differ in their digits alone: a checkpoint may only
    // have other pages, and some calls more or less whose end it holds.
    int steady = (callsADay + 2 * callsACheckpoint) / callsACheckpoint;
    assertThat(checkpointBytes.subList(steady, checkpointBytes.size()))
        .isNotEmpty()
        .allSatisfy(bytes -> assertThat(bytes).isLessThan(checkpointBytes.get(steady) * 101 / 100));
    assertThat(entries.subList(steady, entries.size()))
        .allSatisfy(count -> assertThat(count).isLessThan(entries.get(steady) * 101 / 100));
    System.out.printf(
        "stateless: %d calls, checkpoints of %d to %d bytes, %d to %d entries of state%n",
        CALLS,
        checkpointBytes.get(steady),
        checkpointBytes.getLast(),
        entries.get(steady),
        entries.getLast());
  }

  /** Mails, which the test runs. */
  private static final class QueuedMails implements MailboxExecutor {
    private final Deque<ThrowingRunnable<? extends Exception>> mails = new ArrayDeque<>();

    @Override
    public void execute(
        MailOptions options,
        ThrowingRunnable<? extends Exception> command,
        String description,
        Object... arguments) {
      mails.add(command);
    }

    void runAll() throws Exception {
      while (!mails.isEmpty()) {
        mails.poll().run();
      }
    }

    @Override
    public void yield() {
      throw new UnsupportedOperationException("the test runs them");
    }

    @Override
    public boolean tryYield() {
      throw new UnsupportedOperationException("the test runs them");
    }

    @Override
    public boolean shouldInterrupt() {
      return false;
    }
  }

  private static String name(int number) {
    return "c-%06d".formatted(number);
  }

  /** All are of one length: a digit more is a byte in each key, and four tokens in the history. */
  private static CompletionRequest stateless(int number) {
    return request(
            "r-%06d".formatted(number),
            name(number),
            "My name is %06d. ".formatted(number).repeat(4))
        .but()
        .maxTokens(2)
        .turn(TurnOptions.DEFAULT.withTimeToLive(OptionalLong.of(DAY.toMillis())))
        .build();
  }
}
