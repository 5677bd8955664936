package io.flinkmistral.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.apache.flink.util.SerializedThrowable;
import org.junit.jupiter.api.Test;

class JobFailureTest {
  @Test
  void saysTheInnermostCauseInOneLine() {
    Throwable failure =
        new IllegalStateException(
            "outer", new SerializedThrowable(new RuntimeException(new IOException("a\nb"))));
    assertThat(JobFailure.line(failure)).isEqualTo("a");
    assertThat(JobFailure.line(new IOException())).isEqualTo("java.io.IOException");
  }
}
