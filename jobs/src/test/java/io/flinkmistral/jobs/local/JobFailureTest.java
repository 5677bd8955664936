package io.flinkmistral.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.Failures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.ExecutionException;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.SerializedThrowable;
import org.junit.jupiter.api.Test;

class JobFailureTest {
  @Test
  void saysInOneLineWhatFlinkHasWrapped() {
    Throwable failure =
        new IllegalStateException(
            "outer", new SerializedThrowable(new RuntimeException(new IOException("a\nb"))));
    assertThat(JobFailure.line(failure)).isEqualTo("a");
    assertThat(JobFailure.line(new IOException())).isEqualTo("java.io.IOException");
    assertThat(JobFailure.line(new FlinkException("Recovery is suppressed", new IOException("x"))))
        .isEqualTo("x");
  }

  @Test
  void keepsWhatWasSaidAboveTheInnermostCause() {
    IllegalArgumentException wrong =
        new IllegalArgumentException(
            "option kv.page-tokens cannot be \"two\"",
            new NumberFormatException("For input string: \"two\""));
    assertThat(Failures.line(wrong))
        .isEqualTo("option kv.page-tokens cannot be \"two\": For input string: \"two\"");
    assertThat(Failures.line(new ExecutionException(new IllegalStateException("no slots"))))
        .isEqualTo("no slots");
    assertThat(
            Failures.line(new IOException("cannot send: no broker", new IOException("no broker"))))
        .isEqualTo("cannot send: no broker");
  }

  @Test
  void saysMoreOfAFileThanItsPath() {
    assertThat(Failures.line(new UncheckedIOException(new AccessDeniedException("/m.gguf"))))
        .startsWith("/m.gguf: permission denied");
    assertThat(Failures.line(new NoSuchFileException("/m.gguf")))
        .isEqualTo("/m.gguf: there is no such file or folder");
  }

  @Test
  void isOneLineWhateverTheMessageQuotes() {
    assertThat(Failures.line(new IOException("id a\u001b[31m\u202eb\u0085 is wrong")))
        .isEqualTo("id a.[31m.b. is wrong");
  }
}
