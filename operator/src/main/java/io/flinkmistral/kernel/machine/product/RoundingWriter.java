package io.flinkmistral.kernel.machine.product;

import static io.flinkmistral.kernel.assembler.Memory.at;
import static io.flinkmistral.kernel.assembler.Register.R10;
import static io.flinkmistral.kernel.assembler.Register.R11;
import static io.flinkmistral.kernel.assembler.Register.R8;
import static io.flinkmistral.kernel.assembler.Register.R9;
import static io.flinkmistral.kernel.assembler.Register.RAX;
import static io.flinkmistral.kernel.assembler.Register.RCX;
import static io.flinkmistral.kernel.assembler.Register.RDI;
import static io.flinkmistral.kernel.assembler.Register.RDX;
import static io.flinkmistral.kernel.assembler.Register.RSI;
import static io.flinkmistral.kernel.assembler.VectorRegister.ymm;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.Label;
import io.flinkmistral.kernel.assembler.Register;
import io.flinkmistral.kernel.assembler.VectorOperand;
import io.flinkmistral.kernel.assembler.VectorRegister;
import io.flinkmistral.kernel.machine.codes.Constants;
import io.flinkmistral.kernel.machine.codes.InputLayout;
import io.flinkmistral.kernel.machine.codes.PanelFormat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/**
 * Writes what rounds a token's inputs to codes of 8 bits: a function {@code (in, codes, starts,
 * blocks, step, tokens)}, of floats, of where the first group's codes and start go ({@link
 * InputLayout}), of blocks of 32 inputs, of the bytes from a group to the next one, and of those
 * from a token's start to its scale, and on to its total. It is one for all numbers of tokens, and
 * takes AVX2 alone.
 *
 * <p>Of a block of 32 numbers {@code g} is the greatest without its sign. Then the scale is {@code
 * g / 127}, and a code is its number times {@code 127 / g}, to the nearest integer. Below 1e-30 the
 * scale is 0, as the other quotient may be infinite; where {@code g} is not finite it is not a
 * number; and all codes are 0.
 */
final class RoundingWriter {
  private static final Register IN = RDI;
  private static final Register CODES = RSI;
  private static final Register STARTS = RDX;
  private static final Register BLOCKS = RCX;
  private static final Register STEP = R8;
  private static final Register TOKENS = R9;
  private static final Register SCALES = RAX;
  private static final Register TOTALS = R11;

  /** The bits of {@code g}, less those of {@link #LEAST}. */
  private static final Register GREATEST = R10;

  private static final int VECTOR = 32;
  private static final int LEAST = Float.floatToRawIntBits(1e-30f);
  private static final int MOST = Float.floatToRawIntBits(Float.MAX_VALUE);

  /** Adding it rounds a small float to an integer, which is in the lowest bits then. */
  private static final float ROUND = 0x1.8p23f;

  /** Orders of the four ints of 128 bits. */
  private static final int SWAP_LONGS = 0b01_00_11_10;

  private static final int SWAP_INTS = 0b10_11_00_01;

  /** Of the four longs of 256 bits: the lower half twice, and the upper one. */
  private static final int LOWER_TWICE = 0b01_00_01_00;

  private static final int UPPER_TWICE = 0b11_10_11_10;

  /** As the number of a byte: it becomes 0. */
  private static final byte NONE = (byte) 0x80;

  private final Assembler code = new Assembler();
  private final PanelFormat format;

  /** A block's numbers, and then its codes. */
  private final VectorRegister[] numbers = {ymm(0), ymm(1), ymm(2), ymm(3)};

  /** Of the codes of each group; the first has the greatest number before. */
  private final VectorRegister[] sums;

  private final VectorRegister scratch = ymm(6);
  private final VectorRegister scale = ymm(7);
  private final VectorRegister factor = ymm(8);
  private final VectorRegister magnitude = ymm(9);
  private final VectorRegister round = ymm(10);
  private final VectorRegister greatestCode = ymm(11);
  private final VectorRegister ofLower = ymm(12);
  private final VectorRegister zero = ymm(13);
  private final VectorRegister notANumber = ymm(14);
  private final VectorRegister ofUpper = ymm(15);
  private final Label orders = new Label();

  RoundingWriter(PanelFormat format) {
    this.format = format;
    this.sums =
        PanelFormat.INPUTS == format.columns()
            ? new VectorRegister[] {ymm(4)}
            : new VectorRegister[] {ymm(4), ymm(5)};
  }

  Assembler write() {
    Constants.ints(code, magnitude, Integer.MAX_VALUE);
    Constants.floats(code, round, ROUND);
    Constants.floats(code, greatestCode, 127);
    Constants.floats(code, notANumber, Float.NaN);
    loadOrder();
    code.vpxord(zero, zero, zero);
    code.mov(SCALES, STARTS);
    code.add(SCALES, TOKENS);
    code.mov(TOTALS, SCALES);
    code.add(TOTALS, TOKENS);
    Label special = new Label();
    Label store = new Label();
    Label nextBlock = code.here();
    findGreatest(special);
    round();
    code.bind(store);
    code.add(IN, numbers.length * VECTOR);
    for (int group = 0; group < sums.length; group++) {
      store(group);
    }
    code.sub(BLOCKS, 1);
    code.jne(nextBlock);
    code.vzeroupper();
    code.ret();

    code.bind(special);
    code.vpxord(numbers[0], zero, zero);
    for (VectorRegister sum : sums) {
      code.vpxord(sum, zero, zero);
    }
    code.vpxord(scale, zero, zero);
    code.cmp(GREATEST, 0);
    code.jl(store);
    code.vpxord(scale, zero, notANumber);
    code.jmp(store);
    writeOrder();
    return code;
  }

  /** The order of floats without a sign is that of their bits. */
  private void findGreatest(Label special) {
    VectorRegister greatest = sums[0];
    for (int i = 0; i < numbers.length; i++) {
      code.vmovups(numbers[i], at(IN, i * VECTOR));
      code.vpandd(i == 0 ? greatest : scratch, magnitude, numbers[i]);
      if (i > 0) {
        code.vpmaxsd(greatest, greatest, scratch);
      }
    }
    overLanes(greatest, code::vpmaxsd);
    code.vmovd(GREATEST, greatest.low());
    code.sub(GREATEST, LEAST);
    code.cmp(GREATEST, MOST - LEAST);
    code.ja(special);
    code.vdivss(scale.low(), greatest.low(), greatestCode.low());
    code.vdivss(factor.low(), greatestCode.low(), greatest.low());
    code.vpbroadcastd(factor, factor.low());
  }

  /** An operation of two vectors. */
  private interface Operation {
    void write(VectorRegister to, VectorRegister a, VectorOperand b);
  }

  /** Has all ints of 256 bits take part; the lowest is the result. */
  private void overLanes(VectorRegister register, Operation operation) {
    VectorRegister low = register.low();
    code.vextracti128(scratch.low(), register, 1);
    operation.write(low, low, scratch.low());
    for (int swap : new int[] {SWAP_LONGS, SWAP_INTS}) {
      code.vpshufd(scratch.low(), low, swap);
      operation.write(low, low, scratch.low());
    }
  }

  /** Makes bytes of the numbers, in the order of kernels, and adds them up. */
  private void round() {
    for (VectorRegister number : numbers) {
      code.vfmadd213ps(number, factor, round);
      code.vpsubd(number, number, round);
    }
    code.vpaddd(sums[0], numbers[0], numbers[1]);
    code.vpaddd(sums.length == 1 ? scratch : sums[1], numbers[2], numbers[3]);
    if (sums.length == 1) {
      code.vpaddd(sums[0], sums[0], scratch);
    }
    code.vpackssdw(numbers[0], numbers[0], numbers[1]);
    code.vpackssdw(numbers[2], numbers[2], numbers[3]);
    code.vpacksswb(numbers[0], numbers[0], numbers[2]);
    code.vpermq(numbers[1], numbers[0], UPPER_TWICE);
    code.vpermq(numbers[0], numbers[0], LOWER_TWICE);
    code.vpshufb(numbers[0], numbers[0], ofLower);
    code.vpshufb(numbers[1], numbers[1], ofUpper);
    code.vpord(numbers[0], numbers[0], numbers[1]);
  }

  private void loadOrder() {
    code.lea(GREATEST, orders);
    code.vmovups(ofLower, at(GREATEST, 0));
    code.vmovups(ofUpper, at(GREATEST, VECTOR));
  }

  /**
   * Where bytes are taken from. Packing works on halves of vectors: columns 0 to 3, 8 to 11, 16 to
   * 19 and 24 to 27 are in the lower half, and those 4 further in the upper one, in the same
   * places.
   */
  private void writeOrder() {
    code.bind(orders);
    for (int half = 0; half < 2; half++) {
      byte[] order = new byte[VECTOR];
      for (int i = 0; i < order.length; i++) {
        int length = format.columns();
        int column = i / length * length + format.codes().column(i % length);
        order[i] = column / 4 % 2 == half ? (byte) (column / 8 * 4 + column % 4) : NONE;
      }
      IntBuffer ints = ByteBuffer.wrap(order).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
      while (ints.hasRemaining()) {
        code.data(ints.get());
      }
    }
  }

  private void store(int group) {
    VectorRegister sum = sums[group].low();
    if (sums.length == 1) {
      code.vmovups(at(CODES, 0), numbers[0]);
    } else if (group == 0) {
      code.vmovups(at(CODES, 0), numbers[0].low());
    } else {
      code.vextracti128(scratch.low(), numbers[0], 1);
      code.vmovups(at(CODES, 0), scratch.low());
    }
    code.vmovss(at(SCALES, 0), scale.low());
    overLanes(sums[group], code::vpaddd);
    code.vpslld(scratch.low(), sum, format.codes().centerBits());
    code.vpsubd(scratch.low(), zero.low(), scratch.low());
    code.vmovss(at(STARTS, 0), scratch.low());
    if (format.hasMins()) {
      code.vcvtdq2ps(sum, sum);
      code.vmulps(sum, sum, scale.low());
      code.vmovss(at(TOTALS, 0), sum);
      code.add(TOTALS, STEP);
    }
    code.add(CODES, STEP);
    code.add(STARTS, STEP);
    code.add(SCALES, STEP);
  }
}
