package io.flinkmistral.engine.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.generation.Scoring;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One batch of several clients, over a model that computes nothing. */
@Timeout(60)
class EngineTest {
  private final FakeModel model = new FakeModel();

  /** What the engine did, in its order. */
  private final List<String> done = new CopyOnWriteArrayList<>();

  @AfterEach
  void free() {
    model.close();
  }

  @Test
  void clientsAreDecodedInOnePass() throws Exception {
    List<Integer> sizes = new CopyOnWriteArrayList<>();
    CountDownLatch bothStarted = new CountDownLatch(1);
    Pass.Runner counting =
        pass -> {
          await(bothStarted);
          sizes.add(pass.parts().size());
          return model.run(pass);
        };
    try (Engine engine = new Engine("passes", counting, () -> false)) {
      WaitingClient one = new WaitingClient(engine, 8, 1);
      WaitingClient other = new WaitingClient(engine, 8, 1);
      Scoring first = model.sequence(10);
      Scoring second = model.sequence(10);
      one.start(first);
      other.start(second);
      bothStarted.countDown();
      one.awaitEnd(first);
      other.awaitEnd(second);
      assertThat(sizes).contains(2);
      assertThat(engine.passes()).isEqualTo(sizes.size());
      assertThat(advanced(one))
          .filteredOn(progress -> progress.pass().sequences() == 2)
          .allSatisfy(progress -> assertThat(progress.pass().tokens()).isEqualTo(2))
          .isNotEmpty();
      assertThat(first.logProbabilities()).containsExactly(-Math.log(4));
    }
  }

  private static List<Progress.Advanced> advanced(WaitingClient client) {
    return client.taken().stream()
        .filter(Progress.Advanced.class::isInstance)
        .map(Progress.Advanced.class::cast)
        .toList();
  }

  /** A permit for each pass that has begun. */
  private Pass.Runner counted(Semaphore passes) {
    return pass -> {
      passes.release();
      return model.run(pass);
    };
  }

  @Test
  void theEngineGoesOnWithoutItsClientButNotWithoutEnd() throws Exception {
    Semaphore passes = new Semaphore(0);
    try (Engine engine = new Engine("passes", counted(passes), () -> false)) {
      WaitingClient sleeping = new WaitingClient(engine, 1, 1);
      Scoring first = model.sequence(100);
      sleeping.start(first);
      passes.acquire(16);
      WaitingClient other = new WaitingClient(engine, 1, 1);
      Scoring second = model.sequence(40);
      other.start(second);
      other.awaitEnd(second);
      assertThat(first.cache().length()).as("it stands still").isEqualTo(16);
      assertThat(sleeping.client().tryTakePlace()).as("it has the only one").isFalse();
      sleeping.awaitEnd(first);
      assertThat(first.cache().length()).isEqualTo(100);
    }
  }

  @Test
  void noMorePagesWaitForAClientThanFewPassesFill() throws Exception {
    Semaphore passes = new Semaphore(0);
    try (Engine engine = new Engine("passes", counted(passes), () -> false)) {
      WaitingClient sleeping = new WaitingClient(engine, 1, 256);
      Scoring prompt = model.sequence(5000);
      sleeping.start(prompt);
      passes.acquire(2);
      decode(engine); // And one of its own, beside which there is none of the other's.
      assertThat(prompt.cache().length()).isEqualTo(512);
      sleeping.awaitEnd(prompt);
    }
  }

  @Test
  void aPlaceThatBecomesFreeIsForWhoHasFewest() throws Exception {
    try (Engine engine = engine(() -> false)) {
      WaitingClient greedy = new WaitingClient(engine, 3, 1);
      for (int i = 0; i < 3; i++) {
        assertThat(greedy.client().tryTakePlace()).isTrue();
      }
      assertThat(greedy.client().tryTakePlace()).isFalse();
      WaitingClient late = new WaitingClient(engine, 3, 1);
      assertThat(late.client().tryTakePlace()).isFalse();
      greedy.client().givePlaceBack();
      late.awaitSignal();
      assertThat(greedy.client().tryTakePlace()).as("it is kept for the other").isFalse();
      assertThat(late.client().tryTakePlace()).isTrue();
      late.client().givePlaceBack();
      greedy.awaitSignal();
      assertThat(greedy.client().tryTakePlace()).isTrue();
    }
  }

  @Test
  void whoGoesLeavesItsPlaces() throws Exception {
    try (Engine engine = engine(() -> false)) {
      WaitingClient going = new WaitingClient(engine, 1, 1);
      assertThat(going.client().tryTakePlace()).isTrue();
      WaitingClient staying = new WaitingClient(engine, 1, 1);
      assertThat(staying.client().tryTakePlace()).isFalse();
      going.client().close(() -> done.add("left"));
      staying.awaitSignal();
      assertThat(staying.client().tryTakePlace()).isTrue();
      assertThat(done).containsExactly("left");
    }
  }

  @Test
  void cachesAreTheClientsWhenNoPassReadsThem() throws Exception {
    CountDownLatch inPass = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    CountDownLatch left = new CountDownLatch(1);
    Pass.Runner waiting =
        pass -> {
          inPass.countDown();
          await(closed);
          done.add("pass");
          return model.run(pass);
        };
    try (Engine engine = new Engine("passes", waiting, () -> false)) {
      WaitingClient going = new WaitingClient(engine, 1, 1);
      WaitingClient beside = new WaitingClient(engine, 1, 1);
      going.start(model.sequence(100));
      inPass.await();
      assertThat(engine.running()).isEqualTo(1);
      going
          .client()
          .close(
              () -> {
                done.add("left");
                left.countDown();
              });
      assertThat(done).isEmpty();
      beside.client().close(() -> done.add("beside"));
      assertThat(done).as("the pass reads nothing of it").containsExactly("beside");
      closed.countDown();
      left.await();
      assertThat(done).containsExactly("beside", "pass", "left");
      decode(engine);
      assertThat(done).as("it has left once").containsExactly("beside", "pass", "left", "pass");
      assertThat(engine.running()).isZero();
      assertThat(going.client().take()).as("nothing is told any more").isEmpty();
    }
  }

  @Test
  void whoHasGoneIsToldNothingMore() throws Exception {
    try (Engine engine = engine(() -> false)) {
      WaitingClient going = new WaitingClient(engine, 2, 1);
      Scoring ended = model.sequence(1);
      Scoring endless = model.sequence(100_000);
      going.start(ended);
      going.awaitSignal();
      going.start(endless);
      going.client().close(() -> {}); // It has taken nothing of what has come.
      going.client().cancel(endless);
      assertThat(going.client().take()).isEmpty();
    }
  }

  @Test
  void whatIsCancelledLeavesAndTheOthersOfItsClientGoOn() throws Exception {
    try (Engine engine = engine(() -> false)) {
      WaitingClient client = new WaitingClient(engine, 2, 1);
      Scoring endless = model.sequence(100_000);
      Scoring brief = model.sequence(30);
      client.start(endless);
      client.start(brief);
      client.client().cancel(endless);
      client.await(Progress.Cancelled.class, one -> one.sequence() == endless);
      int length = endless.cache().length();
      client.awaitEnd(brief);
      assertThat(endless.cache().length()).as("it was left alone").isEqualTo(length);
      assertThat(engine.running()).isZero();
      client.client().cancel(brief); // It has ended: nothing to be done.
      Scoring next = model.sequence(3);
      client.start(next);
      client.awaitEnd(next);
      assertThat(client.taken()).filteredOn(Progress.Cancelled.class::isInstance).hasSize(1);
    }
  }

  @Test
  void whatIsCancelledWhileAPassReadsItStaysUntilThatIsOver() throws Exception {
    Semaphore inPass = new Semaphore(0);
    Semaphore mayGoOn = new Semaphore(0);
    Pass.Runner waiting =
        pass -> {
          inPass.release();
          acquire(mayGoOn);
          return model.run(pass);
        };
    try (Engine engine = new Engine("passes", waiting, () -> false)) {
      WaitingClient client = new WaitingClient(engine, 8, 1);
      Scoring read = model.sequence(100);
      Scoring late = model.sequence(100);
      client.start(read);
      inPass.acquire();
      client.start(late); // The pass under way does not have it.
      client.client().cancel(late);
      client.awaitSignal();
      client.client().cancel(read);
      assertThat(client.client().take()).containsExactly(new Progress.Cancelled(late));
      mayGoOn.release();
      client.await(Progress.Cancelled.class, one -> one.sequence() == read);
      assertThat(client.taken())
          .as("the pass, and then that it has left")
          .hasSize(2)
          .first()
          .isInstanceOf(Progress.Advanced.class);
      assertThat(engine.running()).isZero();
      mayGoOn.release();
      Scoring next = model.sequence(1);
      client.start(next);
      client.awaitEnd(next);
      assertThat(client.taken()).as("it is told once").hasSize(3);
    }
  }

  @Test
  void onePlaceIsOfferedToOne() throws Exception {
    try (Engine engine = engine(() -> false)) {
      WaitingClient first = new WaitingClient(engine, 1, 1);
      WaitingClient second = new WaitingClient(engine, 1, 1);
      WaitingClient third = new WaitingClient(engine, 1, 1);
      assertThat(first.client().tryTakePlace()).isTrue();
      assertThat(second.client().tryTakePlace()).isFalse();
      assertThat(third.client().tryTakePlace()).isFalse();
      first.client().givePlaceBack();
      second.awaitSignal();
      assertThat(third.client().tryTakePlace()).isFalse();
      assertThat(second.client().tryTakePlace()).isTrue();
    }
  }

  @Test
  void aPlaceThatIsKeptForWhoNeedsItNoMoreGoesToAnother() throws Exception {
    try (Engine engine = engine(() -> false)) {
      WaitingClient first = new WaitingClient(engine, 1, 1);
      WaitingClient second = new WaitingClient(engine, 1, 1);
      WaitingClient third = new WaitingClient(engine, 1, 1);
      assertThat(first.client().tryTakePlace()).isTrue();
      assertThat(second.client().tryTakePlace()).isFalse();
      first.client().givePlaceBack();
      second.awaitSignal();
      assertThat(third.client().tryTakePlace()).as("it is kept for the second").isFalse();
      second.client().wantNoPlace();
      third.awaitSignal();
      assertThat(third.client().tryTakePlace()).isTrue();
    }
  }

  @Test
  void preparesLaterPassesUntilNothingIsLeft() throws Exception {
    CountDownLatch nothingLeft = new CountDownLatch(1);
    BooleanSupplier threeSteps =
        () -> {
          if (done.size() >= 3) {
            nothingLeft.countDown();
            return false;
          }
          return done.add("step");
        };
    try (Engine engine = engine(threeSteps)) {
      nothingLeft.await();
      decode(engine);
      assertThat(done).containsExactly("step", "step", "step", "pass");
    }
  }

  @Test
  void aPassWaitsForOneStepOnly() throws Exception {
    CountDownLatch inStep = new CountDownLatch(1);
    CountDownLatch started = new CountDownLatch(1);
    BooleanSupplier untilAPass =
        () -> {
          inStep.countDown();
          await(started);
          return !done.contains("pass") && done.add("step");
        };
    try (Engine engine = engine(untilAPass)) {
      inStep.await();
      WaitingClient client = new WaitingClient(engine, 1, 1);
      Scoring sequence = model.sequence(1);
      client.start(sequence);
      started.countDown();
      client.awaitEnd(sequence);
      assertThat(done).containsExactly("step", "pass");
    }
  }

  @Test
  void passesRunAfterAPreparationThatFailed() throws Exception {
    CountDownLatch failed = new CountDownLatch(1);
    BooleanSupplier failing =
        () -> {
          failed.countDown();
          throw new IllegalStateException("the disk is gone");
        };
    try (Engine engine = engine(failing)) {
      failed.await();
      decode(engine);
      decode(engine);
      assertThat(done).containsExactly("pass", "pass");
    }
  }

  @Test
  void closesWhileItPrepares() throws Exception {
    CountDownLatch prepares = new CountDownLatch(1);
    BooleanSupplier endless =
        () -> {
          prepares.countDown();
          return true;
        };
    Engine engine = engine(endless);
    WaitingClient client = new WaitingClient(engine, 1, 1);
    prepares.await();
    engine.close();
    assertThat(client.awaitFailure()).hasMessageContaining("the model has been closed");
    assertThat(client.client().tryTakePlace()).isFalse();
    assertThatThrownBy(() -> new WaitingClient(engine, 1, 1))
        .hasMessageContaining("the model has been closed");
  }

  static Stream<Throwable> whatMayBeThrown() {
    return Stream.of(
        new IllegalStateException("a bug"),
        new OutOfMemoryError("Java heap space"),
        new StackOverflowError(),
        new NoClassDefFoundError("x"),
        new InternalError("a fault"));
  }

  @ParameterizedTest
  @MethodSource("whatMayBeThrown")
  void whatAPassThrowsIsToldToThoseInItAsItIsAndOthersGoOn(Throwable thrown) throws Exception {
    Pass.Runner throwing =
        pass -> {
          if (done.isEmpty()) {
            done.add("thrown");
            throw sneaky(thrown);
          }
          return model.run(pass);
        };
    try (Engine engine = new Engine("passes", throwing, () -> false)) {
      WaitingClient other = new WaitingClient(engine, 8, 1);
      WaitingClient failing = new WaitingClient(engine, 8, 1);
      failing.start(model.sequence(3));
      assertThat(failing.awaitFailure()).isSameAs(thrown);
      assertThat(failing.client().tryTakePlace()).as("it can start no more").isFalse();
      Scoring sequence = model.sequence(3);
      other.start(sequence);
      other.awaitEnd(sequence);
    }
  }

  @Test
  void whatCannotBePlannedFailsAllAndTheThreadGoesOn() throws Exception {
    try (Engine engine = engine(() -> false)) {
      WaitingClient other = new WaitingClient(engine, 8, 1);
      WaitingClient failing = new WaitingClient(engine, 8, 1);
      Scoring broken = model.sequence(3);
      broken.cache().reserve(10);
      broken.cache().advance(10); // It holds more than there is to be taken in.
      failing.start(broken);
      Throwable cause = failing.awaitFailure();
      assertThat(other.awaitFailure()).isSameAs(cause);
      decode(engine);
      assertThat(done).containsExactly("pass");
    }
  }

  @Test
  void aSequenceThatFailsFailsItsClientAndNobodyElseInThePass() throws Exception {
    List<Scoring> poisoned = new ArrayList<>();
    Throwable thrown = new IllegalStateException("no such token");
    Pass.Runner failingOne =
        pass -> {
          List<Pass.Outcome> outcomes = new ArrayList<>(model.run(pass));
          for (int i = 0; i < outcomes.size(); i++) {
            if (poisoned.contains(pass.parts().get(i).sequence())) {
              outcomes.set(i, new Pass.Outcome.Failed(thrown));
            }
          }
          return outcomes;
        };
    try (Engine engine = new Engine("passes", failingOne, () -> false)) {
      WaitingClient other = new WaitingClient(engine, 8, 1);
      WaitingClient failing = new WaitingClient(engine, 8, 1);
      Scoring sequence = model.sequence(50);
      poisoned.add(model.sequence(50));
      other.start(sequence);
      failing.start(poisoned.getFirst());
      assertThat(failing.awaitFailure()).isSameAs(thrown);
      other.awaitEnd(sequence);
      assertThat(engine.running()).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("whatMayBeThrown")
  void whatASignalThrowsEndsNothing(Throwable thrown) throws Exception {
    try (Engine engine = engine(() -> false)) {
      EngineClient throwing =
          engine.join(
              new BatchLimits(8, 1),
              () -> {
                throw sneaky(thrown);
              });
      assertThat(throwing.tryTakePlace()).isTrue();
      throwing.start(model.sequence(1));
      decode(engine);
      throwing.close(
          () -> {
            throw sneaky(new IllegalStateException("nor can it leave"));
          });
    } catch (IllegalStateException nothingReadsItsCaches) {
      assertThat(nothingReadsItsCaches).hasMessage("nor can it leave");
    }
  }

  @Test
  void memoryThatRunsOutInThePreparationIsToldToTheNextPassAlone() throws Exception {
    Error outOfMemory = new OutOfMemoryError("Java heap space");
    CountDownLatch failed = new CountDownLatch(1);
    BooleanSupplier failing =
        () -> {
          if (failed.getCount() == 0) {
            return false;
          }
          failed.countDown();
          throw outOfMemory;
        };
    try (Engine engine = engine(failing)) {
      failed.await();
      WaitingClient client = new WaitingClient(engine, 1, 1);
      client.start(model.sequence(1));
      assertThat(client.awaitFailure()).isSameAs(outOfMemory);
      decode(engine);
    }
  }

  private static RuntimeException sneaky(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return (RuntimeException) thrown;
  }

  private Engine engine(BooleanSupplier preparation) {
    return new Engine(
        "passes",
        pass -> {
          done.add("pass");
          return model.run(pass);
        },
        preparation);
  }

  /** A client of its own decodes a sequence of one pass. */
  private void decode(Engine engine) throws InterruptedException {
    WaitingClient client = new WaitingClient(engine, 8, 1);
    Scoring sequence = model.sequence(1);
    client.start(sequence);
    client.awaitEnd(sequence);
    client.client().close(() -> {});
  }

  private static void acquire(Semaphore semaphore) {
    try {
      semaphore.acquire();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
