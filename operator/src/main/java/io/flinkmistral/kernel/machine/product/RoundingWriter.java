package io.flinkmistral.kernel.machine.product;

import static io.flinkmistral.kernel.assembler.Memory.at;
import static io.flinkmistral.kernel.assembler.Register.R10;
import static io.flinkmistral.kernel.assembler.Register.R8;
import static io.flinkmistral.kernel.assembler.Register.R9;
import static io.flinkmistral.kernel.assembler.Register.RCX;
import static io.flinkmistral.kernel.assembler.Register.RDI;
import static io.flinkmistral.kernel.assembler.Register.RDX;
import static io.flinkmistral.kernel.assembler.Register.RSI;
import static io.flinkmistral.kernel.assembler.VectorRegister.ymm;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.Label;
import io.flinkmistral.kernel.assembler.Register;
import io.flinkmistral.kernel.assembler.VectorRegister;

/**
 * Writes what rounds a token's inputs to codes of 8 bits: a function {@code (in, codes, starts,
 * scales, blocks, step)}, of floats, of where the first block's codes, start and scale go ({@link
 * InputLayout}), and of the bytes from a block to the next one. It is one for all kernels, as it
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
  private static final Register SCALES = RCX;
  private static final Register BLOCKS = R8;
  private static final Register STEP = R9;

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

  /** Of the four longs of 256 bits: those in the middle change places. */
  private static final int SWAP_MIDDLE = 0b11_01_10_00;

  private final Assembler code = new Assembler();

  /** A block's numbers, and then its codes. */
  private final VectorRegister[] numbers = {ymm(0), ymm(1), ymm(2), ymm(3)};

  private final VectorRegister sum = ymm(4);
  private final VectorRegister scratch = ymm(5);
  private final VectorRegister scale = ymm(6);
  private final VectorRegister factor = ymm(7);
  private final VectorRegister magnitude = ymm(8);
  private final VectorRegister round = ymm(9);
  private final VectorRegister greatestCode = ymm(10);
  private final VectorRegister order = ymm(11);
  private final VectorRegister zero = ymm(12);

  Assembler write() {
    Constants.ints(code, magnitude, Integer.MAX_VALUE);
    Constants.floats(code, round, ROUND);
    Constants.floats(code, greatestCode, 127);
    Constants.bytes(code, order, order(), scratch);
    code.vpxord(zero, zero, zero);
    Label special = new Label();
    Label store = new Label();
    Label nextBlock = code.here();
    findGreatest(special);
    round();
    code.bind(store);
    store();
    code.sub(BLOCKS, 1);
    code.jne(nextBlock);
    code.vzeroupper();
    code.ret();

    code.bind(special);
    code.vpxord(numbers[0], zero, zero);
    code.vpxord(sum, zero, zero);
    code.vpxord(scale, zero, zero);
    code.cmp(GREATEST, 0);
    code.jl(store);
    Constants.floats(code, scale, Float.NaN);
    code.jmp(store);
    return code;
  }

  /** The order of floats without a sign is that of their bits. */
  private void findGreatest(Label special) {
    for (int i = 0; i < numbers.length; i++) {
      code.vmovups(numbers[i], at(IN, i * VECTOR));
      code.vpandd(i == 0 ? sum : scratch, magnitude, numbers[i]);
      if (i > 0) {
        code.vpmaxsd(sum, sum, scratch);
      }
    }
    code.vextracti128(scratch.low(), sum, 1);
    code.vpmaxsd(sum.low(), sum.low(), scratch.low());
    for (int swap : new int[] {SWAP_LONGS, SWAP_INTS}) {
      code.vpshufd(scratch.low(), sum.low(), swap);
      code.vpmaxsd(sum.low(), sum.low(), scratch.low());
    }
    code.vmovd(GREATEST, sum.low());
    code.sub(GREATEST, LEAST);
    code.cmp(GREATEST, MOST - LEAST);
    code.ja(special);
    code.vdivss(scale.low(), sum.low(), greatestCode.low());
    code.vdivss(factor.low(), greatestCode.low(), sum.low());
    code.vpbroadcastd(factor, factor.low());
  }

  /** Makes bytes of the numbers, in the order of kernels, and adds them up. */
  private void round() {
    for (VectorRegister number : numbers) {
      code.vfmadd213ps(number, factor, round);
      code.vpsubd(number, number, round);
    }
    code.vpaddd(sum, numbers[0], numbers[1]);
    code.vpaddd(sum, sum, numbers[2]);
    code.vpaddd(sum, sum, numbers[3]);
    code.vpackssdw(numbers[0], numbers[0], numbers[1]);
    code.vpackssdw(numbers[2], numbers[2], numbers[3]);
    code.vpacksswb(numbers[0], numbers[0], numbers[2]);
    code.vpshufb(numbers[0], numbers[0], order);
    code.vpermq(numbers[0], numbers[0], SWAP_MIDDLE);
  }

  /**
   * Where bytes are taken from. Packing works on halves of vectors: columns 0 to 3, 8 to 11, 16 to
   * 19 and 24 to 27 are in the lower half, and those 4 further in the upper one. So the lower half
   * has what goes with words 0 and 2, in the same places as the upper one has it for 1 and 3, and
   * then the longs in the middle change places.
   */
  private static byte[] order() {
    byte[] order = new byte[16];
    for (int i = 0; i < order.length; i++) {
      int column = PanelFormat.column(i % 8 + i / 8 * 16);
      order[i] = (byte) (column / 8 * 4 + column % 4);
    }
    return order;
  }

  private void store() {
    code.vmovups(at(CODES, 0), numbers[0]);
    code.vmovss(at(SCALES, 0), scale.low());
    code.vextracti128(scratch.low(), sum, 1);
    code.vpaddd(sum.low(), sum.low(), scratch.low());
    for (int swap : new int[] {SWAP_LONGS, SWAP_INTS}) {
      code.vpshufd(scratch.low(), sum.low(), swap);
      code.vpaddd(sum.low(), sum.low(), scratch.low());
    }
    code.vpslld(sum.low(), sum.low(), Integer.numberOfTrailingZeros(PanelFormat.CENTER));
    code.vpsubd(sum.low(), zero.low(), sum.low());
    code.vmovss(at(STARTS, 0), sum.low());
    code.add(IN, numbers.length * VECTOR);
    code.add(CODES, STEP);
    code.add(STARTS, STEP);
    code.add(SCALES, STEP);
  }
}
