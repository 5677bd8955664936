package io.flinkmistral.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineClaimTest {
  @Test
  void isReadAsItWasWritten() {
    EngineClaim claim = new EngineClaim("a", CpuList.parse("0-3,8").orElseThrow(), 5);
    EngineClaim read = EngineClaim.parse("a", claim.text()).orElseThrow();
    assertThat(read).hasToString(claim.toString());
  }

  @Test
  void meetsThoseOnTheSameProcessors() {
    EngineClaim claim = new EngineClaim("a", CpuList.parse("0-3").orElseThrow(), 4);
    assertThat(claim.meets(new EngineClaim("b", CpuList.parse("3-5").orElseThrow(), 3))).isTrue();
    assertThat(claim.meets(new EngineClaim("b", CpuList.parse("4-5").orElseThrow(), 2))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "flink-mistral engine 1\n",
        "flink-mistral engine 2\ncpus 0-1\nthreads 2\n",
        "flink-mistral engine 1\ncpus 0-1\nthreads -2\n",
        "flink-mistral engine 1\ncpus 0-1\nthreads 999999\n",
        "flink-mistral engine 1\ncpus 1-0\nthreads 2\n",
        "flink-mistral engine 1\ncpus 0-99999\nthreads 2\n",
        "flink-mistral engine 1\ncpus 0-1\nthreads 2\nmore",
        "flink-mistral engine 1\ncpus 0-1\nthreads 2"
      })
  void whatIsNoClaimIsNone(String text) {
    assertThat(EngineClaim.parse("a", text)).isEmpty();
  }
}
