package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.Bytes;
import io.flinkmistral.tensor.format.KScales;
import java.lang.foreign.MemorySegment;

/**
 * Chooses the scales and mins of a {@link Q4KBlock}.
 *
 * <p>Given the whole numbers q that a group's x are rounded to, the scale and min of the least
 * weighted error sum w (scale q - min - x)^2 are those of a straight line through the points (q,
 * x). The q come from a handful of first guesses at the scale, and the guess with the least error
 * wins. A min is never negative. Weights are |x| plus the group's root mean square: large numbers
 * matter most, small ones still do. The idea of such a search is that of ggml's quantisers
 * (ggml-quants.c, make_qkx2_quants).
 */
final class Q4KQuantizer {
  private static final int GROUPS = 8;
  private static final int GROUP = 32;
  private static final int LARGEST = 15;
  private static final int GUESSES = 20;

  private Q4KQuantizer() {}

  /** A straight line: x = scale * q - min. */
  private record Line(float scale, float min) {}

  static void quantize(float[] in, int at, MemorySegment target, long block) {
    Line[] lines = new Line[GROUPS];
    float greatestScale = 0;
    float greatestMin = 0;
    for (int g = 0; g < GROUPS; g++) {
      lines[g] = line(in, at + GROUP * g);
      greatestScale = Math.max(greatestScale, lines[g].scale);
      greatestMin = Math.max(greatestMin, lines[g].min);
    }
    float d = Bytes.putFloat16(target, block, greatestScale / 63);
    float dmin = Bytes.putFloat16(target, block + 2, greatestMin / 63);
    int[] scales = new int[GROUPS];
    int[] mins = new int[GROUPS];
    for (int g = 0; g < GROUPS; g++) {
      scales[g] = sixBits(lines[g].scale, d);
      mins[g] = sixBits(lines[g].min, dmin);
    }
    KScales.write(scales, mins, target, block + 4);
    for (int i = 0; i < GROUPS * GROUP / 2; i++) {
      // Byte i holds the same place of an even group and of the odd one after it.
      int g = i / GROUP * 2;
      int place = at + GROUP * g + i % GROUP;
      int low = round(in[place] + dmin * mins[g], d * scales[g]);
      int high = round(in[place + GROUP] + dmin * mins[g + 1], d * scales[g + 1]);
      Bytes.putByte(target, block + 16 + i, low | high << 4);
    }
  }

  private static int sixBits(float value, float unit) {
    return unit == 0 ? 0 : Math.clamp(Math.round(value / unit), 0, 63);
  }

  private static int round(float value, float step) {
    return step == 0 ? 0 : Math.clamp(Math.round(value / step), 0, LARGEST);
  }

  private static Line line(float[] in, int at) {
    float least = 0;
    float greatest = in[at];
    float squares = 0;
    for (int i = 0; i < GROUP; i++) {
      least = Math.min(least, in[at + i]);
      greatest = Math.max(greatest, in[at + i]);
      squares += in[at + i] * in[at + i];
    }
    if (greatest <= least) {
      return new Line(0, -least);
    }
    float rms = (float) Math.sqrt(squares / GROUP);
    float range = greatest - least;
    Line best = new Line(range / LARGEST, -least);
    float leastError = error(in, at, rms, best);
    for (int guess = 0; guess <= GUESSES; guess++) {
      float step = range / (LARGEST - 1 + 0.1f * guess);
      Line fitted = fit(in, at, rms, least, step);
      float error = error(in, at, rms, fitted);
      if (error < leastError) {
        leastError = error;
        best = fitted;
      }
    }
    return best;
  }

  /** The line of the least error through the q that {@code (x - least) / step} are rounded to. */
  private static Line fit(float[] in, int at, float rms, float least, float step) {
    float w = 0;
    float wx = 0;
    float wq = 0;
    float wqx = 0;
    float wqq = 0;
    for (int i = 0; i < GROUP; i++) {
      float x = in[at + i];
      float weight = rms + Math.abs(x);
      int q = round(x - least, step);
      w += weight;
      wx += weight * x;
      wq += weight * q;
      wqx += weight * q * x;
      wqq += weight * q * q;
    }
    float determinant = w * wqq - wq * wq;
    float scale = (w * wqx - wx * wq) / determinant;
    float min = (wq * wqx - wqq * wx) / determinant;
    if (determinant > 0 && min >= 0) {
      return new Line(Math.max(scale, 0), min);
    }
    return new Line(wqq > 0 ? Math.max(wqx / wqq, 0) : 0, 0);
  }

  private static float error(float[] in, int at, float rms, Line line) {
    float error = 0;
    for (int i = 0; i < GROUP; i++) {
      float x = in[at + i];
      float difference = line.scale * round(x + line.min, line.scale) - line.min - x;
      error += (rms + Math.abs(x)) * difference * difference;
    }
    return error;
  }
}
