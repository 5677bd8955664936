package io.flinkmistral.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PassExecutorTest {
  private static final Pass PASS = new Pass(List.of(), List.of());

  /** What the executor did, in its order. */
  private final List<String> done = new CopyOnWriteArrayList<>();

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
    try (PassExecutor executor = executor(threeSteps)) {
      nothingLeft.await();
      submit(executor).get();
      assertThat(done).containsExactly("step", "step", "step", "pass");
    }
  }

  @Test
  void aPassWaitsForOneStepOnly() throws Exception {
    CountDownLatch inStep = new CountDownLatch(1);
    CountDownLatch submitted = new CountDownLatch(1);
    BooleanSupplier untilAPass =
        () -> {
          inStep.countDown();
          await(submitted);
          return !done.contains("pass") && done.add("step");
        };
    try (PassExecutor executor = executor(untilAPass)) {
      inStep.await();
      CompletableFuture<Pass.Result> pass = submit(executor);
      submitted.countDown();
      pass.get();
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
    try (PassExecutor executor = executor(failing)) {
      failed.await();
      submit(executor).get();
      submit(executor).get();
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
    PassExecutor executor = executor(endless);
    prepares.await();
    executor.close();
    assertThatThrownBy(() -> submit(executor).get())
        .hasMessageContaining("the model has been closed");
  }

  private PassExecutor executor(BooleanSupplier preparation) {
    return new PassExecutor(
        "passes",
        pass -> {
          done.add("pass");
          return new Pass.Result(pass, new int[0]);
        },
        preparation);
  }

  private static CompletableFuture<Pass.Result> submit(PassExecutor executor) {
    return Passes.submit(executor, PASS);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
