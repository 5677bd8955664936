package io.flinkmistral.kernel.assembler.aarch64;

import static io.flinkmistral.kernel.assembler.aarch64.Vector.Shape.B16;
import static io.flinkmistral.kernel.assembler.aarch64.Vector.Shape.H4;
import static io.flinkmistral.kernel.assembler.aarch64.Vector.Shape.H8;
import static io.flinkmistral.kernel.assembler.aarch64.Vector.Shape.S4;

import io.flinkmistral.kernel.assembler.Code;

/**
 * Machine code as it is written: a method for each instruction, called as Arm's manual calls it,
 * with operands in its order, the target first.
 */
public final class Aarch64Assembler implements Code {
  private static final int ZERO = 31;

  private final WordBuffer code = new WordBuffer();
  private final IntegerEncoder integers = new IntegerEncoder(code);
  private final VectorEncoder vectors = new VectorEncoder(code);

  @Override
  public String architecture() {
    return "aarch64";
  }

  @Override
  public byte[] toBytes() {
    return code.toBytes();
  }

  // --- Integers of 64 bits, and what programs are made of

  /** 16 bits, shifted so far; all others are 0. */
  public void movz(XRegister to, int value, int shift) {
    integers.wide(0xd2800000, to, value, shift);
  }

  /** 16 bits, shifted so far; all others stay. */
  public void movk(XRegister to, int value, int shift) {
    integers.wide(0xf2800000, to, value, shift);
  }

  public void add(XRegister to, XRegister a, XRegister b) {
    integers.registers(0x8b000000, to.number(), a, b);
  }

  /**
   * @param value of 12 bits, here and below
   */
  public void add(XRegister to, XRegister from, int value) {
    integers.immediate(0x91000000, to.number(), from, value);
  }

  public void sub(XRegister to, XRegister a, XRegister b) {
    integers.registers(0xcb000000, to.number(), a, b);
  }

  public void sub(XRegister to, XRegister from, int value) {
    integers.immediate(0xd1000000, to.number(), from, value);
  }

  /** Subtracts, and keeps what jumps ask for. */
  public void subs(XRegister to, XRegister from, int value) {
    integers.immediate(0xf1000000, to.number(), from, value);
  }

  public void cmp(XRegister left, XRegister right) {
    integers.registers(0xeb000000, ZERO, left, right);
  }

  public void cmp(XRegister left, int right) {
    integers.immediate(0xf1000000, ZERO, left, right);
  }

  public void ret() {
    code.write(0xd65f03c0);
  }

  /** Four bytes that are no instruction, but data. */
  public void data(int value) {
    code.write(value);
  }

  /** A label for what is written next. */
  public Label here() {
    Label label = new Label();
    bind(label);
    return label;
  }

  public void bind(Label label) {
    label.bind(code);
  }

  public void b(Label to) {
    integers.jump(to);
  }

  /** Jumps if the last subtraction gave something else than 0. */
  public void bne(Label to) {
    integers.jumpIf(0b0001, to);
  }

  /** Jumps if the last comparison's left is more than its right, both without a sign. */
  public void bhi(Label to) {
    integers.jumpIf(0b1000, to);
  }

  /** Jumps if the last comparison's left is less than its right, without a sign. */
  public void blo(Label to) {
    integers.jumpIf(0b0011, to);
  }

  /** Jumps if the last comparison's left is less than its right, both with a sign. */
  public void blt(Label to) {
    integers.jumpIf(0b1011, to);
  }

  /** The label's address. */
  public void adr(XRegister to, Label at) {
    integers.address(to, at);
  }

  // --- Caches

  /** Has memory come to all caches; any address will do. */
  public void prfm(XRegister base, int offset) {
    integers.memory(0xf9800000, 0, base, offset, 3);
  }

  /** Writes what the data cache has of an address to where instructions are read from. */
  public void dcCvau(XRegister address) {
    integers.lowest(0xd50b7b20, address);
  }

  /** Has instruction caches forget an address. */
  public void icIvau(XRegister address) {
    integers.lowest(0xd50b7520, address);
  }

  /** Waits until what was done to memory and caches is seen by all CPUs. */
  public void dsbIsh() {
    code.write(0xd5033b9f);
  }

  /** Reads the instructions that follow anew. */
  public void isb() {
    code.write(0xd5033fdf);
  }

  // --- From and to memory and other registers

  public void str(XRegister from, XRegister base, int offset) {
    integers.memory(0xf9000000, from.number(), base, offset, 3);
  }

  /**
   * @param offset a multiple of what is read, here and below
   */
  public void ldr(Scalar to, XRegister base, int offset) {
    int opcode =
        switch (to.size()) {
          case S -> 0xbd400000;
          case D -> 0xfd400000;
          case Q -> 0x3dc00000;
        };
    integers.memory(opcode, to.number(), base, offset, to.size().log());
  }

  public void str(Scalar from, XRegister base, int offset) {
    int opcode =
        switch (from.size()) {
          case S -> 0xbd000000;
          case D -> 0xfd000000;
          case Q -> 0x3d800000;
        };
    integers.memory(opcode, from.number(), base, offset, from.size().log());
  }

  /** An int, without a sign. */
  public void fmov(XRegister to, VRegister from) {
    vectors.write(0x1e260000, to.number(), from.number(), 0);
  }

  /** A register's lower int in all lanes. */
  public void dup(Vector to, XRegister from) {
    VectorEncoder.check(S4, to);
    vectors.write(0x4e040c00, to.number(), from.number(), 0);
  }

  /** One lane in all. */
  public void dup(Vector to, Lane from) {
    VectorEncoder.check(S4, to);
    vectors.write(0x4e040400 | from.index() << 19, to.number(), from.number(), 0);
  }

  /** A byte, or a short below 256, in all lanes. */
  public void movi(Vector to, int value) {
    boolean bytes = to.shape() == B16;
    VectorEncoder.check(bytes ? B16 : H8, to);
    vectors.immediate(bytes ? 0x4f00e400 : 0x4f008400, to, value);
  }

  // --- Lanes put in another order, or made narrower or wider

  /** Of both, one behind the other, the lanes of even numbers. */
  public void uzp1(Vector to, Vector a, Vector b) {
    boolean bytes = to.shape() == B16;
    vectors.same(bytes ? 0x4e001800 : 0x4e401800, bytes ? B16 : H8, to, a, b);
  }

  /** Bytes of {@code from} and the register behind it with these numbers. */
  public void tbl2(Vector to, VRegister from, Vector numbers) {
    vectors.same(0x4e002000, B16, to, from.b16(), numbers);
  }

  /** With signs. */
  public void sxtl(Vector to, Vector from) {
    vectors.widen(0x0f00a400, to, from);
  }

  /** Without signs. */
  public void uxtl(Vector to, Vector from) {
    vectors.widen(0x2f00a400, to, from);
  }

  // --- Bits and integers

  public void and(Vector to, Vector a, Vector b) {
    vectors.same(0x4e201c00, B16, to, a, b);
  }

  public void orr(Vector to, Vector a, Vector b) {
    vectors.same(0x4ea01c00, B16, to, a, b);
  }

  public void eor(Vector to, Vector a, Vector b) {
    vectors.same(0x6e201c00, B16, to, a, b);
  }

  /** Takes those bits of {@code from} that are 1 in {@code mask}. */
  public void bit(Vector to, Vector from, Vector mask) {
    vectors.same(0x6ea01c00, B16, to, from, mask);
  }

  /** Without signs. */
  public void ushr(Vector to, Vector from, int count) {
    vectors.right(0x6f000400, to, from, count);
  }

  public void shl(Vector to, Vector from, int count) {
    vectors.left(0x4f005400, to, from, count);
  }

  /** Shifts, and keeps of the target the bits that are above what was shifted. */
  public void sri(Vector to, Vector from, int count) {
    vectors.right(0x6f004400, to, from, count);
  }

  public void add(Vector to, Vector a, Vector b) {
    vectors.same(0x4ea08400, S4, to, a, b);
  }

  public void sub(Vector to, Vector a, Vector b) {
    vectors.same(0x6ea08400, S4, to, a, b);
  }

  /** The greater ints, without a sign. */
  public void umax(Vector to, Vector a, Vector b) {
    vectors.same(0x6ea06400, S4, to, a, b);
  }

  /** The greatest of four ints, without a sign. */
  public void umaxv(Scalar to, Vector from) {
    VectorEncoder.check(S4, from);
    vectors.write(0x6eb0a800, to.number(), from.number(), 0);
  }

  /** The sum of four ints. */
  public void addv(Scalar to, Vector from) {
    VectorEncoder.check(S4, from);
    vectors.write(0x4eb1b800, to.number(), from.number(), 0);
  }

  public void neg(Vector to, Vector from) {
    vectors.two(0x6ea0b800, S4, to, from);
  }

  /** Adds to each int the products of four bytes, with signs, with the lane's. */
  public void sdot(Vector to, Vector a, Lane b) {
    VectorEncoder.check(S4, to);
    VectorEncoder.check(B16, a);
    vectors.byLane(0x4f80e000, to, a, b);
  }

  // --- Floats

  public void scvtf(Vector to, Vector from) {
    vectors.two(0x4e21d800, S4, to, from);
  }

  /** Floats of halves. */
  public void fcvtl(Vector to, Vector from) {
    vectors.convert(0x0e217800, S4, to, H4, from);
  }

  public void fabs(Vector to, Vector from) {
    vectors.two(0x4ea0f800, S4, to, from);
  }

  public void fadd(Vector to, Vector a, Vector b) {
    vectors.same(0x4e20d400, S4, to, a, b);
  }

  public void fdiv(Vector to, Vector a, Vector b) {
    vectors.same(0x6e20fc00, S4, to, a, b);
  }

  public void fmul(Vector to, Vector a, VectorOperand b) {
    floats(0x6e20dc00, 0x4f809000, to, a, b);
  }

  /** {@code to = to + a * b}, rounded once. */
  public void fmla(Vector to, Vector a, VectorOperand b) {
    floats(0x4e20cc00, 0x4f801000, to, a, b);
  }

  /** {@code to = to - a * b}, rounded once. */
  public void fmls(Vector to, Vector a, VectorOperand b) {
    floats(0x4ea0cc00, 0x4f805000, to, a, b);
  }

  private void floats(int ofVectors, int ofLane, Vector to, Vector a, VectorOperand b) {
    switch (b) {
      case Vector vector -> vectors.same(ofVectors, S4, to, a, vector);
      case Lane lane -> {
        VectorEncoder.check(S4, to, a);
        vectors.byLane(ofLane, to, a, lane);
      }
    }
  }
}
