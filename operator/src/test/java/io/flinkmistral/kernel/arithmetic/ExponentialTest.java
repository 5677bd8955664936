package io.flinkmistral.kernel.arithmetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ExponentialTest {
  @Test
  void isWithinTwoUnitsOfTheLastPlace() {
    double worst = 0;
    for (int i = 0; i < 4_000_000; i++) {
      float x = -104f + i * (193f / 4_000_000);
      float exact = (float) StrictMath.exp(x);
      if (Float.isFinite(exact)) {
        double error = Math.abs(Exponential.exp(x) - StrictMath.exp(x)) / Math.ulp(exact);
        worst = Math.max(worst, error);
      }
    }
    assertThat(worst).isLessThan(1.5);
  }

  @Test
  void isExactAtTheEdges() {
    assertThat(Exponential.exp(0f)).isEqualTo(1f);
    assertThat(Exponential.exp(-0f)).isEqualTo(1f);
    assertThat(Exponential.exp(Float.NEGATIVE_INFINITY)).isZero();
    assertThat(Exponential.exp(-Float.MAX_VALUE)).isZero();
    assertThat(Exponential.exp(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(Exponential.exp(89f)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(Exponential.exp(88.7f)).isFinite();
    assertThat(Exponential.exp(-103f)).isEqualTo(Float.MIN_VALUE);
    assertThat(Exponential.exp(Float.NaN)).isNaN();
  }

  @Test
  void siluGoesToItsLimits() {
    assertThat(Exponential.silu(0f)).isZero();
    assertThat(Exponential.silu(1000f)).isEqualTo(1000f);
    assertThat(Exponential.silu(-1000f)).isZero();
    assertThat(Exponential.silu(1f)).isCloseTo(0.731058579f, within(1e-7f));
  }
}
