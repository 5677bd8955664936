package io.flinkmistral.kernel.machine.attention;

import static io.flinkmistral.kernel.assembler.Memory.at;
import static io.flinkmistral.kernel.assembler.Register.R8;
import static io.flinkmistral.kernel.assembler.Register.RAX;
import static io.flinkmistral.kernel.assembler.Register.RDI;
import static io.flinkmistral.kernel.assembler.Register.RDX;
import static io.flinkmistral.kernel.assembler.Register.RSI;
import static io.flinkmistral.kernel.assembler.VectorRegister.ymm;

import io.flinkmistral.kernel.arithmetic.Exponential;
import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.Label;
import io.flinkmistral.kernel.assembler.Memory;
import io.flinkmistral.kernel.assembler.Register;
import io.flinkmistral.kernel.assembler.VectorOperand;
import io.flinkmistral.kernel.assembler.VectorRegister;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.codes.FreeRegisters;
import io.flinkmistral.kernel.machine.codes.MaskPool;

/**
 * Writes what makes exponentials of scores: a function {@code (scores, count, out)} of whole 16
 * scores, {@code count} times, in place. {@code out} has 64 bytes, and receives the greatest score,
 * the sum of all exponentials (16 lanes, and then their tree: {@code LaneSum}), and the greatest
 * bits of scores without their signs: of a score that is no number, which instructions leave out of
 * the greatest one, they are above those of infinity.
 *
 * <p>It takes the steps of {@link Exponential#exp}. The exponential of what is no number is none
 * either: instructions give their last operand then.
 */
final class SoftmaxWriter {
  private static final Register SCORES = RDI;
  private static final Register COUNT = RSI;
  private static final Register OUT = RDX;

  private static final Register SCORE = R8;
  private static final Register LEFT = RAX;

  private static final int LANES = 16;

  /** Orders of the four ints of 128 bits. */
  private static final int SWAP_LONGS = 0b01_00_11_10;

  private static final int SWAP_INTS = 0b10_11_00_01;

  private final Assembler code = new Assembler();
  private final int lanes;
  private final MaskPool pool;

  /** Of 16 lanes: the greatest scores, and then sums. */
  private final VectorRegister[] all;

  /** Of 16 lanes. */
  private final VectorRegister[] magnitudes;

  private final VectorRegister greatest;
  private final VectorRegister leastPower;
  private final VectorRegister greatestPower;

  /** What {@link #exp} works with. */
  private final VectorRegister x;

  private final VectorRegister rounded;
  private final VectorRegister n;
  private final VectorRegister power;

  SoftmaxWriter(InstructionSet set) {
    lanes = set.bits() / Float.SIZE;
    pool = new MaskPool(code, set.bits());
    FreeRegisters free = new FreeRegisters(set.registers(), set.bits());
    all = free.take(LANES / lanes);
    magnitudes = free.take(LANES / lanes);
    greatest = free.take();
    leastPower = free.take();
    greatestPower = free.take();
    x = free.take();
    rounded = free.take();
    n = free.take();
    power = free.take();
  }

  Assembler write() {
    pool.begin();
    pool.load(leastPower, Exponential.LEAST);
    pool.load(greatestPower, Exponential.GREATEST);
    for (VectorRegister register : all) {
      pool.load(register, Float.NEGATIVE_INFINITY);
    }
    zero(magnitudes);
    forScores(this::compare);
    overLanes(all, code::vmaxps);
    overLanes(magnitudes, code::vpmaxsd);
    code.vpbroadcastd(greatest, all[0].low());
    zero(all);
    forScores(this::exponential);
    overLanes(all, code::vaddps);
    code.vmovss(at(OUT, 0), greatest.low());
    code.vmovss(at(OUT, Float.BYTES), all[0].low());
    code.vmovss(at(OUT, 2 * Float.BYTES), magnitudes[0].low());
    code.vzeroupper();
    code.ret();
    pool.end();
    return code;
  }

  private void zero(VectorRegister[] registers) {
    for (VectorRegister register : registers) {
      code.vpxord(register, register, register);
    }
  }

  private Memory score(int vector) {
    return at(SCORE, vector * lanes * Float.BYTES);
  }

  private interface OfVector {
    void write(int vector);
  }

  private void forScores(OfVector body) {
    code.mov(SCORE, SCORES);
    code.mov(LEFT, COUNT);
    Label next = code.here();
    for (int v = 0; v < all.length; v++) {
      body.write(v);
    }
    code.add(SCORE, LANES * Float.BYTES);
    code.sub(LEFT, 1);
    code.jne(next);
  }

  private void compare(int vector) {
    code.vmovups(x, score(vector));
    code.vmaxps(all[vector], all[vector], x);
    code.vpandd(x, x, pool.mask(Integer.MAX_VALUE));
    code.vpmaxsd(magnitudes[vector], magnitudes[vector], x);
  }

  private void exponential(int vector) {
    code.vmovups(x, score(vector));
    code.vsubps(x, x, greatest);
    exp();
    code.vmovups(score(vector), power);
    code.vaddps(all[vector], all[vector], power);
  }

  /** Makes {@link #power} that of {@link #x}. */
  private void exp() {
    code.vmaxps(x, leastPower, x);
    code.vminps(x, greatestPower, x);
    pool.load(rounded, Exponential.ROUND);
    code.vfmadd231ps(rounded, x, pool.number(Exponential.LOG2_E));
    code.vsubps(n, rounded, pool.number(Exponential.ROUND));
    code.vfmadd231ps(x, n, pool.number(-Exponential.LN2_HIGH));
    code.vfmadd231ps(x, n, pool.number(-Exponential.LN2_LOW));
    pool.load(power, Exponential.C7);
    for (float coefficient :
        new float[] {
          Exponential.C6, Exponential.C5, Exponential.C4, Exponential.C3, Exponential.C2, 1, 1
        }) {
      code.vfmadd213ps(power, x, pool.number(coefficient));
    }
    // 2 to the nearest integer, in two factors.
    code.vpsubd(rounded, rounded, pool.mask(Float.floatToRawIntBits(Exponential.ROUND)));
    code.vpsrad(n, rounded, 1);
    code.vpsubd(rounded, rounded, n);
    multiplyByPowerOfTwo(n);
    multiplyByPowerOfTwo(rounded);
  }

  private void multiplyByPowerOfTwo(VectorRegister exponent) {
    code.vpaddd(exponent, exponent, pool.mask(127));
    code.vpslld(exponent, exponent, 23);
    code.vmulps(power, power, exponent);
  }

  /** An operation of two vectors. */
  private interface Operation {
    void write(VectorRegister to, VectorRegister a, VectorOperand b);
  }

  /** Halves are folded onto each other, of 16 lanes, 8, 4 and 2; the lowest is the result. */
  private void overLanes(VectorRegister[] registers, Operation operation) {
    VectorRegister eight = ymm(registers[0].number());
    if (registers.length > 1) {
      operation.write(eight, eight, registers[1]);
    } else {
      code.vmovups(at(OUT, 0), registers[0]);
      code.vmovups(eight, at(OUT, 0));
      operation.write(eight, eight, at(OUT, 8 * Float.BYTES));
    }
    VectorRegister four = eight.low();
    VectorRegister other = x.low();
    code.vextracti128(other, eight, 1);
    operation.write(four, four, other);
    for (int swap : new int[] {SWAP_LONGS, SWAP_INTS}) {
      code.vpshufd(other, four, swap);
      operation.write(four, four, other);
    }
  }
}
