package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class HalfPrecisionTest {
  @Test
  void readsEveryHalf() {
    MemorySegment halves = allHalves();
    float[] floats = new float[65536];
    HalfPrecision.read(halves, 0, floats, 0, floats.length);
    for (int bits = 0; bits < 65536; bits++) {
      assertThat(Float.valueOf(floats[bits])).isEqualTo(Float.valueOf(value(bits)));
    }
  }

  @Test
  void roundsMidpointsToEven() {
    for (int bits = 0; bits < 0x7c00; bits++) {
      double next = bits + 1 == 0x7c00 ? 65536 : value(bits + 1);
      float middle = (float) ((value(bits) + next) / 2);
      int even = bits + (bits & 1);
      assertThat(half(middle)).isEqualTo(even);
      assertThat(half(Math.nextDown(middle))).isEqualTo(bits);
      assertThat(half(Math.nextUp(middle))).isEqualTo(bits + 1);
      assertThat(half(-middle)).isEqualTo(even | 0x8000);
    }
  }

  @Test
  void keepsInfinitiesNansAndSignedZeros() {
    assertThat(half(Float.POSITIVE_INFINITY)).isEqualTo(0x7c00);
    assertThat(half(Float.NEGATIVE_INFINITY)).isEqualTo(0xfc00);
    assertThat(half(Float.MAX_VALUE)).isEqualTo(0x7c00);
    assertThat(half(-0f)).isEqualTo(0x8000);
    assertThat(half(Float.MIN_VALUE)).isZero();
    assertThat(Float.float16ToFloat((short) half(Float.NaN))).isNaN();
  }

  private static int half(float number) {
    MemorySegment out = MemorySegment.ofArray(new byte[2]);
    HalfPrecision.write(new float[] {number}, 0, out, 0, 1);
    return out.get(ValueLayout.JAVA_SHORT_UNALIGNED, 0) & 0xffff;
  }

  /** IEEE 754-2019, section 3.4: 1 bit sign, 5 bits exponent, 10 bits significand. */
  private static float value(int bits) {
    int exponent = bits >> 10 & 31;
    int significand = bits & 0x3ff;
    double magnitude =
        switch (exponent) {
          case 0 -> Math.scalb((double) significand, -24);
          case 31 -> significand == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
          default -> Math.scalb((double) (1024 + significand), exponent - 25);
        };
    return (float) (bits >> 15 == 0 ? magnitude : -magnitude);
  }

  private static MemorySegment allHalves() {
    short[] halves = new short[65536];
    for (int i = 0; i < halves.length; i++) {
      halves[i] = (short) i;
    }
    return MemorySegment.ofArray(halves);
  }
}
