package io.flinkmistral.kernel.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.host.CoreUse;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** With a clock that goes on by a microsecond each time it is read. */
class PatienceTest {
  private static final long MICROSECOND = 1000;

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 10 * MICROSECOND);
  private final AtomicInteger yields = new AtomicInteger();
  private final Patience patience =
      new Patience(() -> nanos.addAndGet(MICROSECOND), yields::incrementAndGet);

  /** Microseconds until patience ends. */
  private long waited(CoreUse use) {
    long start = nanos.get();
    assertThat(patience.await(() -> false, use)).isFalse();
    return (nanos.get() - start) / MICROSECOND;
  }

  @ParameterizedTest
  @CsvSource({"ALONE, 500, 502, 0, 0", "SHARED, 100, 102, 90, 100", "METERED, 5, 7, 0, 0"})
  void spinsForLongWhereNobodyElseWantsTheTime(
      CoreUse use, long atLeast, long atMost, int yieldsAtLeast, int yieldsAtMost) {
    assertThat(waited(use)).isBetween(atLeast, atMost);
    assertThat(yields).hasValueBetween(yieldsAtLeast, yieldsAtMost);
  }

  @ParameterizedTest
  @EnumSource
  void endsAsSoonAsItIsOver(CoreUse use) {
    assertThat(patience.await(() -> true, use)).isTrue();
    AtomicInteger asked = new AtomicInteger();
    assertThat(patience.await(() -> asked.incrementAndGet() == 3, use)).isTrue();
    assertThat(asked).hasValue(3);
  }

  @Test
  void timeThatIsMissingTellsThatProcessorsAreShared() {
    AtomicInteger asked = new AtomicInteger();
    boolean over =
        patience.await(
            () -> {
              nanos.addAndGet(asked.get() == 1 ? 400 * MICROSECOND : 0);
              return asked.incrementAndGet() == 3;
            },
            CoreUse.ALONE);
    assertThat(over).isTrue();
    assertThat(waited(CoreUse.ALONE)).isBetween(100L, 102L);
    assertThat(yields.get()).isPositive();
    nanos.addAndGet(200_000 * MICROSECOND);
    assertThat(waited(CoreUse.ALONE)).as("a fifth of a second later").isBetween(500L, 502L);
  }

  @Test
  void anInterruptIsNoMissingTime() {
    AtomicInteger asked = new AtomicInteger();
    patience.await(
        () -> {
          nanos.addAndGet(asked.get() == 1 ? 250 * MICROSECOND : 0);
          return asked.incrementAndGet() == 3;
        },
        CoreUse.ALONE);
    assertThat(waited(CoreUse.ALONE)).isGreaterThan(400);
  }
}
