package io.flinkmistral.kernel.machine.attention;

import static io.flinkmistral.kernel.assembler.Memory.at;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.Memory;
import io.flinkmistral.kernel.assembler.Register;
import io.flinkmistral.kernel.assembler.VectorRegister;
import io.flinkmistral.kernel.machine.attention.AttentionShape.Numbers;

/** Writes what makes floats of keys and values, and what fetches them ahead. */
final class NumbersWriter {
  private static final int LINE = 64;

  private final Assembler code;
  private final Numbers numbers;

  NumbersWriter(Assembler code, Numbers numbers) {
    this.code = code;
    this.numbers = numbers;
  }

  /**
   * A vector of numbers.
   *
   * @param factor what scaled ones are multiplied with
   */
  void load(VectorRegister to, Memory from, VectorRegister factor) {
    switch (numbers) {
      case HALVES -> code.vcvtph2ps(to, from);
      case SCALED_BYTES -> {
        code.vpmovsxbd(to, from);
        code.vcvtdq2ps(to, to);
        code.vmulps(to, to, factor);
      }
    }
  }

  /** A scale in all lanes; {@code to} is one of the first 16 registers. */
  void loadScale(VectorRegister to, Memory half) {
    VectorRegister halves = new VectorRegister(to.number(), to.bits() / 2);
    code.vpbroadcastw(halves, half);
    code.vcvtph2ps(to, halves);
  }

  /**
   * Fetches lines that begin in some bytes.
   *
   * @param stride where there is something in these bytes
   */
  void prefetch(Register base, int from, int end, int stride) {
    int step = Math.max(LINE, stride);
    for (int at = Math.ceilDiv(from, step) * step; at < end; at += step) {
      code.prefetcht0(at(base, at));
    }
  }
}
