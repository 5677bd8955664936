package io.flinkmistral.kernel.machine.product.aarch64;

import static io.flinkmistral.kernel.assembler.aarch64.VRegister.v;
import static io.flinkmistral.kernel.assembler.aarch64.XRegister.x;

import io.flinkmistral.kernel.assembler.Code;
import io.flinkmistral.kernel.assembler.aarch64.Aarch64Assembler;
import io.flinkmistral.kernel.assembler.aarch64.Label;
import io.flinkmistral.kernel.assembler.aarch64.VRegister;
import io.flinkmistral.kernel.assembler.aarch64.XRegister;
import io.flinkmistral.kernel.machine.codes.PanelFormat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/**
 * Writes what rounds a token's inputs to codes of 8 bits: a function {@code (in, codes, starts,
 * blocks, step, tokens)} as that of the x86-64 writer in the room above is, with the same rule for
 * numbers that are too small or not finite. It leaves v8 to v15 alone.
 */
public final class NeonRoundingWriter {
  private static final XRegister IN = x(0);
  private static final XRegister CODES = x(1);
  private static final XRegister STARTS = x(2);
  private static final XRegister BLOCKS = x(3);
  private static final XRegister STEP = x(4);
  private static final XRegister TOKENS = x(5);

  /** The bits of the greatest number, less those of {@link #LEAST}. */
  private static final XRegister GREATEST = x(6);

  private static final XRegister SCALES = x(10);
  private static final XRegister TOTALS = x(11);
  private static final XRegister LEAST_BITS = x(12);
  private static final XRegister RANGE = x(13);
  private static final XRegister ORDERS = x(14);

  private static final int VECTOR = 16;
  private static final int LEAST = Float.floatToRawIntBits(1e-30f);
  private static final int MOST = Float.floatToRawIntBits(Float.MAX_VALUE);

  /** Adding it rounds a small float to an integer, which is in the lowest bits then. */
  private static final float ROUND = 0x1.8p23f;

  private final Aarch64Assembler code = new Aarch64Assembler();
  private final PanelFormat format;

  /** A block's numbers; then the first two are sums of its codes, and the others scratch. */
  private final VRegister[] numbers = some(0);

  /** Its codes as ints; then the first two are all of them as bytes. */
  private final VRegister[] codes = some(16);

  private final VRegister round = v(24);
  private final VRegister greatestCode = v(25);
  private final VRegister notANumber = v(26);
  private final VRegister[] orders = {v(27), v(28)};
  private final VRegister scale = v(29);
  private final VRegister factor = v(30);
  private final VRegister greatest = v(31);
  private final Label orderBytes = new Label();

  /** Groups of columns in a block of inputs. */
  private final int groups;

  public NeonRoundingWriter(PanelFormat format) {
    this.format = format;
    this.groups = PanelFormat.INPUTS / format.columns();
  }

  private static VRegister[] some(int first) {
    VRegister[] registers = new VRegister[PanelFormat.INPUTS * Float.BYTES / VECTOR];
    for (int i = 0; i < registers.length; i++) {
      registers[i] = v(first + i);
    }
    return registers;
  }

  public Code write() {
    NeonConstants.floats(code, round, ROUND);
    NeonConstants.floats(code, greatestCode, 127);
    NeonConstants.floats(code, notANumber, Float.NaN);
    NeonConstants.set(code, LEAST_BITS, LEAST);
    NeonConstants.set(code, RANGE, MOST - LEAST);
    code.adr(ORDERS, orderBytes);
    code.ldr(orders[0].q(), ORDERS, 0);
    code.ldr(orders[1].q(), ORDERS, VECTOR);
    code.add(SCALES, STARTS, TOKENS);
    code.add(TOTALS, SCALES, TOKENS);
    Label special = new Label();
    Label store = new Label();
    Label nextBlock = code.here();
    findGreatest(special);
    round();
    code.bind(store);
    code.add(IN, IN, numbers.length * VECTOR);
    for (int group = 0; group < groups; group++) {
      store(group);
    }
    code.subs(BLOCKS, BLOCKS, 1);
    code.bne(nextBlock);
    code.ret();

    code.bind(special);
    for (VRegister register : new VRegister[] {numbers[0], numbers[1], codes[0], codes[1], scale}) {
      code.movi(register.b16(), 0);
    }
    code.cmp(GREATEST, 0);
    code.blt(store);
    code.orr(scale.b16(), notANumber.b16(), notANumber.b16());
    code.b(store);
    writeOrder();
    return code;
  }

  /** The order of floats without a sign is that of their bits. */
  private void findGreatest(Label special) {
    for (int i = 0; i < numbers.length; i++) {
      code.ldr(numbers[i].q(), IN, i * VECTOR);
      code.fabs(i == 0 ? greatest.s4() : factor.s4(), numbers[i].s4());
      if (i > 0) {
        code.umax(greatest.s4(), greatest.s4(), factor.s4());
      }
    }
    code.umaxv(greatest.s(), greatest.s4());
    code.fmov(GREATEST, greatest);
    code.sub(GREATEST, GREATEST, LEAST_BITS);
    code.cmp(GREATEST, RANGE);
    code.bhi(special);
    code.dup(greatest.s4(), greatest.lane(0));
    code.fdiv(scale.s4(), greatest.s4(), greatestCode.s4());
    code.fdiv(factor.s4(), greatestCode.s4(), greatest.s4());
  }

  /** Makes bytes of the numbers, in the order of kernels, and adds them up. */
  private void round() {
    for (int i = 0; i < codes.length; i++) {
      code.orr(codes[i].b16(), round.b16(), round.b16());
      code.fmla(codes[i].s4(), numbers[i].s4(), factor.s4());
      code.sub(codes[i].s4(), codes[i].s4(), round.s4());
    }
    int half = codes.length / 2;
    for (int part = 0; part < 2; part++) {
      VRegister sum = numbers[part];
      code.add(sum.s4(), codes[part * half].s4(), codes[part * half + 1].s4());
      for (int i = 2; i < half; i++) {
        code.add(sum.s4(), sum.s4(), codes[part * half + i].s4());
      }
    }
    if (groups == 1) {
      code.add(numbers[0].s4(), numbers[0].s4(), numbers[1].s4());
    }
    VRegister[] shorts = {numbers[2], numbers[3], numbers[4], numbers[5]};
    for (int i = 0; i < shorts.length; i++) {
      code.uzp1(shorts[i].h8(), codes[2 * i].h8(), codes[2 * i + 1].h8());
    }
    // One behind the other, as what looks bytes up wants them.
    VRegister[] bytes = {numbers[6], numbers[7]};
    for (int i = 0; i < bytes.length; i++) {
      code.uzp1(bytes[i].b16(), shorts[2 * i].b16(), shorts[2 * i + 1].b16());
    }
    for (int i = 0; i < orders.length; i++) {
      code.tbl2(codes[i].b16(), bytes[0], orders[i].b16());
    }
  }

  /** Where bytes are taken from. */
  private void writeOrder() {
    code.bind(orderBytes);
    byte[] order = new byte[PanelFormat.INPUTS];
    for (int i = 0; i < order.length; i++) {
      int length = format.columns();
      order[i] = (byte) (i / length * length + format.codes().column(i % length));
    }
    IntBuffer ints = ByteBuffer.wrap(order).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    while (ints.hasRemaining()) {
      code.data(ints.get());
    }
  }

  private void store(int group) {
    VRegister sum = numbers[group];
    VRegister start = numbers[2];
    code.str(codes[group].q(), CODES, 0);
    if (groups == 1) {
      code.str(codes[1].q(), CODES, VECTOR);
    }
    code.str(scale.s(), SCALES, 0);
    code.addv(sum.s(), sum.s4());
    code.shl(start.s4(), sum.s4(), format.codes().centerBits());
    code.neg(start.s4(), start.s4());
    code.str(start.s(), STARTS, 0);
    if (format.hasMins()) {
      code.scvtf(sum.s4(), sum.s4());
      code.fmul(sum.s4(), sum.s4(), scale.s4());
      code.str(sum.s(), TOTALS, 0);
      code.add(TOTALS, TOTALS, STEP);
    }
    code.add(CODES, CODES, STEP);
    code.add(STARTS, STARTS, STEP);
    code.add(SCALES, SCALES, STEP);
  }
}
