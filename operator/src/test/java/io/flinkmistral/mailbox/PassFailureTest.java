package io.flinkmistral.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.weights.MalformedModelException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Flink looks at the very thing that a task throws: see {@code Task.preProcessException}. */
class PassFailureTest {
  static Stream<Error> errorsOfTheJvm() {
    return Stream.of(
        new OutOfMemoryError("Java heap space"), new InternalError("x"), new UnknownError("y"));
  }

  @ParameterizedTest
  @MethodSource("errorsOfTheJvm")
  void anErrorOfTheJvmIsThrownAsItIs(Error error) {
    assertThatThrownBy(() -> PassFailure.of(error)).isSameAs(error);
  }

  @Test
  void memoryThatRanOutIsFoundBehindWhatWrapsIt() {
    Error error = new OutOfMemoryError("Java heap space");
    assertThatThrownBy(() -> PassFailure.of(new CompletionException(error))).isSameAs(error);
  }

  @Test
  void aFaultThatWasPutDownToItsFileDoesNotEndTheTaskManager() {
    MalformedModelException cut = new MalformedModelException(Path.of("m.gguf"), 7, "it was cut");
    cut.initCause(new InternalError("a fault occurred in an unsafe memory access operation"));
    UncheckedIOException cause = new UncheckedIOException(cut);
    assertThat(PassFailure.of(cause)).hasCause(cause).hasMessageContaining("it was cut");
  }

  @Test
  void allElseFailsTheTaskAlone() {
    for (Throwable cause :
        new Throwable[] {new StackOverflowError(), new NoClassDefFoundError("x")}) {
      assertThat(PassFailure.of(cause)).isInstanceOf(IllegalStateException.class).hasCause(cause);
    }
  }
}
