package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.Bytes;
import java.lang.foreign.MemorySegment;

/**
 * Chooses the scales of a {@link Q6KBlock}.
 *
 * <p>Given the whole numbers q that a group's x are rounded to, the scale s of the least weighted
 * error sum w (x - s q)^2 is sum w x q / sum w q^2, and it takes (sum w x q)^2 / sum w q^2 off the
 * error. The q come from a handful of first guesses at the scale, and the guess that takes off the
 * most wins. Weights are x^2: large numbers matter most. The idea of such a search is that of
 * ggml's quantisers (ggml-quants.c, make_qx_quants).
 */
final class Q6KQuantizer {
  private static final int BLOCK_BYTES = 210;
  private static final int GROUPS = 16;
  private static final int GROUP = 16;
  private static final int GUESSES = 9;
  private static final float GUESS_STEP = 0.1f;

  private Q6KQuantizer() {}

  static void quantize(float[] in, int at, MemorySegment target, long block) {
    float[] scales = new float[GROUPS];
    float greatest = 0;
    for (int g = 0; g < GROUPS; g++) {
      scales[g] = scale(in, at + GROUP * g);
      if (Math.abs(scales[g]) > Math.abs(greatest)) {
        greatest = scales[g];
      }
    }
    target.asSlice(block, BLOCK_BYTES).fill((byte) 0);
    if (greatest == 0) {
      return;
    }
    float d = Bytes.putFloat16(target, block + 208, greatest / -128);
    for (int g = 0; g < GROUPS; g++) {
      int scale = d == 0 ? 0 : Math.clamp(Math.round(scales[g] / d), -128, 127);
      Bytes.putByte(target, block + 192 + g, scale);
      float step = d * scale;
      for (int n = GROUP * g; n < GROUP * g + GROUP; n++) {
        put(target, block, n, step == 0 ? 0 : round(in[at + n] / step));
      }
    }
  }

  private static float scale(float[] in, int at) {
    float greatest = 0;
    for (int i = 0; i < GROUP; i++) {
      if (Math.abs(in[at + i]) > Math.abs(greatest)) {
        greatest = in[at + i];
      }
    }
    float best = 0;
    float most = 0;
    for (int guess = -GUESSES; guess <= GUESSES && greatest != 0; guess++) {
      float inverse = -(32 + GUESS_STEP * guess) / greatest;
      float xq = 0;
      float qq = 0;
      for (int i = 0; i < GROUP; i++) {
        float x = in[at + i];
        int q = round(inverse * x);
        xq += x * x * x * q;
        qq += x * x * q * q;
      }
      if (qq > 0 && xq * xq > most * qq) {
        most = xq * xq / qq;
        best = xq / qq;
      }
    }
    return best;
  }

  private static int round(float scaled) {
    return Math.clamp(Math.round(scaled), -32, 31);
  }

  /** Puts a number from -32 to 31 at place {@code n} of a block of zeros. */
  private static void put(MemorySegment target, long block, int n, int number) {
    int q = number + 32;
    int p = n % 128 / 32;
    long low = block + 64 * (n / 128) + 32 * (p % 2) + n % 32;
    long high = block + 128 + 32 * (n / 128) + n % 32;
    Bytes.putByte(target, low, Bytes.unsigned8(target, low) | (q & 0xF) << p / 2 * 4);
    Bytes.putByte(target, high, Bytes.unsigned8(target, high) | q >> 4 << 2 * p);
  }
}
