package io.flinkmistral.jobs.cluster.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.flink.runtime.JobException;
import org.junit.jupiter.api.Test;

class PrintedFailureTest {
  @Test
  void saysWhatFlinkHasWrapped() {
    Exception failure =
        new JobException(
            "Recovery is suppressed by NoRestartBackoffTimeStrategy",
            new CompletionException(
                new IllegalStateException("cannot open the model", new IOException("no space"))));
    assertThat(PrintedFailure.ofStackTrace(printed(failure)))
        .isEqualTo("cannot open the model: no space");
  }

  @Test
  void isFlinksOwnWhereNothingElseIsSaid() {
    assertThat(PrintedFailure.ofStackTrace(printed(new JobException("TaskManager is gone"))))
        .isEqualTo("TaskManager is gone");
    assertThat(PrintedFailure.ofStackTrace(printed(new OutOfMemoryError())))
        .isEqualTo("java.lang.OutOfMemoryError");
    assertThat(PrintedFailure.ofStackTrace("")).isEqualTo("nothing was said");
  }

  @Test
  void isOneLineWithoutControlCharacters() {
    assertThat(PrintedFailure.ofStackTrace(printed(new IOException("a\u001b[31m\nb"))))
        .isEqualTo("a.[31m");
  }

  @Test
  void isTheLastWordOfAClientThatExpectedIt() {
    assertThat(
            PrintedFailure.ofClient(
                List.of("12:00:01 ERROR parametrized", "\tat x", "--model.path is missing", "")))
        .isEqualTo("--model.path is missing");
    assertThat(PrintedFailure.ofClient(List.of())).isEqualTo("the client has said nothing");
  }

  @Test
  void isTheExceptionOfAClientThatDidNot() {
    String all =
        """
        12:00:01 ERROR Error while running the command.
        ------------------------------------------------------------
         The program finished with the following exception:

        org.apache.flink.util.FlinkException: Failed to execute job 'chat'.
        \tat org.apache.flink.Some.method(Some.java:1)
        Caused by: java.net.ConnectException: Connection refused
        \t... 9 more
        """;
    assertThat(PrintedFailure.ofClient(all.lines().toList())).isEqualTo("Connection refused");
  }

  private static String printed(Throwable failure) {
    StringWriter out = new StringWriter();
    failure.printStackTrace(new PrintWriter(out));
    return out.toString();
  }
}
