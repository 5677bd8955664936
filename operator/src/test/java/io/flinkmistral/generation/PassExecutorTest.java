package io.flinkmistral.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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

  static Stream<Throwable> whatAPassMayThrow() {
    return Stream.of(
        new IllegalStateException("a bug"),
        new OutOfMemoryError("Java heap space"),
        new StackOverflowError(),
        new NoClassDefFoundError("x"),
        new InternalError("a fault"));
  }

  @ParameterizedTest
  @MethodSource("whatAPassMayThrow")
  void whatAPassThrowsIsToldToItsOwnerAsItIsAndOthersGoOn(Throwable thrown) throws Exception {
    Function<Pass, Pass.Result> model =
        pass -> {
          if (done.isEmpty()) {
            done.add("thrown");
            throw sneaky(thrown);
          }
          return new Pass.Result(pass, new int[0]);
        };
    try (PassExecutor executor = new PassExecutor("passes", model, () -> false)) {
      assertThatThrownBy(() -> submit(executor).get()).cause().isSameAs(thrown);
      submit(executor).get();
    }
  }

  @ParameterizedTest
  @MethodSource("whatAPassMayThrow")
  void whatACallbackThrowsFailsItsOwnerAndOthersGoOn(Throwable thrown) throws Exception {
    CompletableFuture<Throwable> told = new CompletableFuture<>();
    try (PassExecutor executor = executor(() -> false)) {
      executor.submit(
          PASS,
          new PassExecutor.Callback() {
            @Override
            public void done(Pass.Result result) {
              throw sneaky(thrown);
            }

            @Override
            public void failed(Throwable cause) {
              told.complete(cause);
              throw new IllegalStateException("nor can it be told");
            }
          });
      executor.afterPasses(
          () -> {
            throw sneaky(thrown);
          });
      submit(executor).get();
      assertThat(told.get()).isSameAs(thrown);
      assertThat(done).containsExactly("pass", "pass");
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
    try (PassExecutor executor = executor(failing)) {
      failed.await();
      assertThatThrownBy(() -> submit(executor).get()).cause().isSameAs(outOfMemory);
      submit(executor).get();
    }
  }

  private static RuntimeException sneaky(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return (RuntimeException) thrown;
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
