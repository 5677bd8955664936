package io.flinkmistral.kernel.machine.attention;

import static io.flinkmistral.kernel.assembler.Memory.allLanes;
import static io.flinkmistral.kernel.assembler.Memory.at;
import static io.flinkmistral.kernel.assembler.Register.R10;
import static io.flinkmistral.kernel.assembler.Register.R11;
import static io.flinkmistral.kernel.assembler.Register.R12;
import static io.flinkmistral.kernel.assembler.Register.R13;
import static io.flinkmistral.kernel.assembler.Register.R14;
import static io.flinkmistral.kernel.assembler.Register.R8;
import static io.flinkmistral.kernel.assembler.Register.R9;
import static io.flinkmistral.kernel.assembler.Register.RAX;
import static io.flinkmistral.kernel.assembler.Register.RBX;
import static io.flinkmistral.kernel.assembler.Register.RCX;
import static io.flinkmistral.kernel.assembler.Register.RDI;
import static io.flinkmistral.kernel.assembler.Register.RDX;
import static io.flinkmistral.kernel.assembler.Register.RSI;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.Label;
import io.flinkmistral.kernel.assembler.Memory;
import io.flinkmistral.kernel.assembler.Register;
import io.flinkmistral.kernel.assembler.VectorRegister;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.codes.FreeRegisters;
import java.util.List;

/**
 * Writes the products of exponentials and values: a function {@code (pieces, count, exponentials,
 * sums)} that does for each query and dimension
 *
 * <pre>
 *   sum[d] = fma(value[p][d], exponential[p], sum[d]) for each position p in turn
 * </pre>
 *
 * <p>Dimensions are lanes. A piece's are taken in blocks, as many as there are registers for.
 */
final class SumsWriter {
  private static final Register PIECES = RDI;
  private static final Register COUNT = RSI;
  private static final Register EXPONENTIALS = RDX;
  private static final Register SUMS = RCX;

  /** Those of a piece. */
  private static final Register VALUES = R8;

  private static final Register SCALES = R9;
  private static final Register POSITIONS = R10;
  private static final Register AHEAD = R11;

  /** Those of a position in a block. */
  private static final Register VALUE = RAX;

  private static final Register SCALE = RBX;
  private static final Register EXPONENTIAL = R12;
  private static final Register LEFT = R13;
  private static final Register VALUE_AHEAD = R14;

  private static final List<Register> SAVED = List.of(RBX, R12, R13, R14);

  /** Most sums in registers of a block. */
  private static final int MOST_SUMS = 16;

  private final Assembler code = new Assembler();
  private final AttentionShape shape;
  private final int lanes;
  private final int queries;
  private final NumbersWriter numbers;
  private final VectorRegister[] values;
  private final VectorRegister factor;
  private final VectorRegister exponential;
  private final VectorRegister[][] sums;

  SumsWriter(AttentionShape shape, InstructionSet set, int queries) {
    this.shape = shape;
    this.queries = queries;
    this.lanes = set.bits() / Float.SIZE;
    this.numbers = new NumbersWriter(code, shape.numbers());
    int vectors = set.bits() == 512 ? vectors() : 2;
    FreeRegisters free = new FreeRegisters(set.registers(), set.bits());
    // The factor first, as only the first registers have halves.
    factor = shape.numbers().areScaled() ? free.take() : null;
    values = free.take(vectors);
    exponential = vectors > 1 ? free.take() : null;
    sums = new VectorRegister[queries][];
    for (int q = 0; q < queries; q++) {
      sums[q] = free.take(vectors);
    }
  }

  /** As many as there are whole blocks of, if a scale is that of all of them. */
  private int vectors() {
    int most = shape.numbers().areScaled() ? AttentionShape.SCALED / lanes : 4;
    int vectors = Math.clamp(MOST_SUMS / queries, 1, most);
    while (shape.headDim() % (vectors * lanes) != 0) {
      vectors--;
    }
    return vectors;
  }

  private int blockDimensions() {
    return values.length * lanes;
  }

  Assembler write() {
    SAVED.forEach(code::push);
    Label nextPiece = code.here();
    code.mov(VALUES, at(PIECES, Piece.NUMBERS));
    code.mov(SCALES, at(PIECES, Piece.SCALES));
    code.mov(POSITIONS, at(PIECES, Piece.COUNT));
    code.mov(AHEAD, at(PIECES, Piece.NEXT + Piece.NUMBERS));
    for (int first = 0; first < shape.headDim(); first += blockDimensions()) {
      block(first);
    }
    code.mov(EXPONENTIALS, EXPONENTIAL);
    code.add(PIECES, Piece.BYTES);
    code.sub(COUNT, 1);
    code.jne(nextPiece);
    code.vzeroupper();
    SAVED.reversed().forEach(code::pop);
    code.ret();
    return code;
  }

  private void block(int first) {
    forSums((q, v) -> code.vmovups(sums[q][v], sum(first, q, v)));
    code.mov(VALUE, VALUES);
    code.mov(SCALE, SCALES);
    code.mov(EXPONENTIAL, EXPONENTIALS);
    code.mov(LEFT, POSITIONS);
    code.mov(VALUE_AHEAD, AHEAD);
    Label nextPosition = code.here();
    position(first);
    code.add(VALUE, shape.valueStride());
    code.add(VALUE_AHEAD, shape.valueStride());
    if (shape.numbers().areScaled()) {
      code.add(SCALE, shape.valueScaleStride());
    }
    code.add(EXPONENTIAL, Float.BYTES);
    code.sub(LEFT, 1);
    code.jne(nextPosition);
    forSums((q, v) -> code.vmovups(sum(first, q, v), sums[q][v]));
  }

  private void position(int first) {
    int bytes = shape.numbers().bytes();
    if (shape.numbers().areScaled()) {
      numbers.loadScale(factor, at(SCALE, first / AttentionShape.SCALED * Short.BYTES));
    }
    for (int v = 0; v < values.length; v++) {
      numbers.load(values[v], at(VALUE, (first + v * lanes) * bytes), factor);
    }
    numbers.prefetch(VALUE_AHEAD, first * bytes, (first + blockDimensions()) * bytes, 0);
    for (int q = 0; q < queries; q++) {
      int place = q * shape.scoresStride();
      if (exponential == null) {
        code.vfmadd231ps(sums[q][0], values[0], allLanes(EXPONENTIAL, place));
      } else {
        code.vpbroadcastd(exponential, at(EXPONENTIAL, place));
        for (int v = 0; v < values.length; v++) {
          code.vfmadd231ps(sums[q][v], values[v], exponential);
        }
      }
    }
  }

  private Memory sum(int first, int query, int vector) {
    return at(SUMS, query * shape.queryStride() + (first + vector * lanes) * Float.BYTES);
  }

  private interface OfSum {
    void write(int query, int vector);
  }

  private void forSums(OfSum body) {
    for (int q = 0; q < queries; q++) {
      for (int v = 0; v < values.length; v++) {
        body.write(q, v);
      }
    }
  }
}
