package io.flinkmistral.kernel.assembler.aarch64;

import static io.flinkmistral.kernel.assembler.aarch64.WordBuffer.field;

import io.flinkmistral.kernel.assembler.aarch64.Vector.Shape;

/** Instructions of vector registers: {@code opcode Rm ... Rn Rd}. */
final class VectorEncoder {
  private final WordBuffer code;

  VectorEncoder(WordBuffer code) {
    this.code = code;
  }

  /** Of lanes of one shape. */
  void same(int opcode, Shape shape, Vector to, Vector a, Vector b) {
    check(shape, to, a, b);
    write(opcode, to.number(), a.number(), b.number());
  }

  /** Of two registers. */
  void two(int opcode, Shape shape, Vector to, Vector from) {
    check(shape, to, from);
    write(opcode, to.number(), from.number(), 0);
  }

  /** From one shape to another. */
  void convert(int opcode, Shape target, Vector to, Shape source, Vector from) {
    check(target, to);
    check(source, from);
    write(opcode, to.number(), from.number(), 0);
  }

  /** With one lane for all. */
  void byLane(int opcode, Vector to, Vector a, Lane b) {
    int index = (b.index() & 1) << 21 | b.index() >> 1 << 11;
    write(opcode | index, to.number(), a.number(), b.number());
  }

  /** To the right: what is written is how far it is to twice the bits of a lane. */
  void right(int opcode, Vector to, Vector from, int count) {
    check(to.shape(), from);
    int bits = to.shape().bits();
    if (count < 1 || count > bits) {
      throw new IllegalArgumentException("%s to the right by %d".formatted(to, count));
    }
    write(opcode | field(2 * bits - count, 7, 16), to.number(), from.number(), 0);
  }

  /** To the left: the bits of a lane are added. */
  void left(int opcode, Vector to, Vector from, int count) {
    check(to.shape(), from);
    shift(opcode, to, from, count);
  }

  /** Lanes twice as wide. */
  void widen(int opcode, Vector to, Vector from) {
    if (from.shape() == Shape.B8) {
      check(Shape.H8, to);
    } else {
      check(Shape.H4, from);
      check(Shape.S4, to);
    }
    shift(opcode, to, from, 0);
  }

  private void shift(int opcode, Vector to, Vector from, int count) {
    int bits = from.shape().bits();
    if (count < 0 || count >= bits) {
      throw new IllegalArgumentException("%s to the left by %d".formatted(to, count));
    }
    write(opcode | field(bits + count, 7, 16), to.number(), from.number(), 0);
  }

  /** With eight bits, three of them where Rm is and five where Rn is. */
  void immediate(int opcode, Vector to, int value) {
    int bits = field(value, 8, 0);
    write(opcode, to.number(), bits & 31, bits >> 5);
  }

  void write(int opcode, int to, int a, int b) {
    code.write(opcode | b << 16 | a << 5 | to);
  }

  static void check(Shape shape, Vector... vectors) {
    for (Vector vector : vectors) {
      if (vector.shape() != shape) {
        throw new IllegalArgumentException("%s, where there are to be %s".formatted(vector, shape));
      }
    }
  }
}
