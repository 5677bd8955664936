package io.flinkmistral.kernel.machine.attention;

import static io.flinkmistral.kernel.assembler.Memory.allLanes;
import static io.flinkmistral.kernel.assembler.Memory.at;
import static io.flinkmistral.kernel.assembler.Register.R10;
import static io.flinkmistral.kernel.assembler.Register.R11;
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
import io.flinkmistral.kernel.assembler.Register;
import io.flinkmistral.kernel.assembler.VectorRegister;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.codes.FreeRegisters;

/**
 * Writes the products of queries and keys: a function {@code (pieces, count, queries, scores,
 * scale)}, the scale being a float's bits, which writes for each query and position
 *
 * <pre>
 *   sum = 0;  sum = fma(key[d], query[d], sum) for each d in turn;  score = sum * scale
 * </pre>
 *
 * <p>Positions are lanes: 16 of each piece, also where it has fewer.
 */
final class ScoresWriter {
  private static final Register PIECES = RDI;
  private static final Register COUNT = RSI;
  private static final Register QUERIES = RDX;
  private static final Register SCORES = RCX;
  private static final Register SCALE = R8;

  /** From here on those of a piece; the scale is in a vector register then. */
  private static final Register KEYS = R8;

  private static final Register SCALES = R9;
  private static final Register QUERY = R10;
  private static final Register AHEAD = R11;
  private static final Register STEPS = RAX;
  private static final Register BLOCKS = RBX;

  /** Dimensions of a step. */
  private static final int STEP = 4;

  private final Assembler code = new Assembler();
  private final AttentionShape shape;
  private final int lanes;
  private final NumbersWriter numbers;
  private final VectorRegister[][] sums;
  private final VectorRegister[] keys;
  private final VectorRegister[] factors;
  private final VectorRegister query;
  private final VectorRegister scale;

  ScoresWriter(AttentionShape shape, InstructionSet set, int queries) {
    this.shape = shape;
    this.lanes = set.bits() / Float.SIZE;
    this.numbers = new NumbersWriter(code, shape.numbers());
    int vectors = AttentionShape.POSITIONS / lanes;
    FreeRegisters free = new FreeRegisters(set.registers(), set.bits());
    // The scale first, as only the first registers have halves.
    scale = free.take();
    keys = free.take(vectors);
    factors = free.take(shape.numbers().areScaled() ? vectors : 0);
    query = vectors > 1 ? free.take() : null;
    sums = new VectorRegister[queries][];
    for (int q = 0; q < queries; q++) {
      sums[q] = free.take(vectors);
    }
  }

  Assembler write() {
    code.push(BLOCKS);
    code.vmovd(scale.low(), SCALE);
    code.vpbroadcastd(scale, scale.low());
    Label nextPiece = code.here();
    code.mov(KEYS, at(PIECES, Piece.NUMBERS));
    code.mov(SCALES, at(PIECES, Piece.SCALES));
    code.mov(AHEAD, at(PIECES, Piece.NEXT + Piece.NUMBERS));
    code.mov(QUERY, QUERIES);
    for (VectorRegister[] ofQuery : sums) {
      for (VectorRegister sum : ofQuery) {
        code.vpxord(sum, sum, sum);
      }
    }
    if (shape.numbers().areScaled()) {
      scaledDimensions();
    } else {
      dimensions(shape.headDim());
    }
    storeScores();
    code.add(PIECES, Piece.BYTES);
    code.sub(COUNT, 1);
    code.jne(nextPiece);
    code.vzeroupper();
    code.pop(BLOCKS);
    code.ret();
    return code;
  }

  private void scaledDimensions() {
    code.mov(BLOCKS, shape.headDim() / AttentionShape.SCALED);
    Label nextBlock = code.here();
    for (int v = 0; v < factors.length; v++) {
      code.vcvtph2ps(factors[v], at(SCALES, v * lanes * Short.BYTES));
    }
    code.add(SCALES, shape.keyScaleStride());
    dimensions(AttentionShape.SCALED);
    code.sub(BLOCKS, 1);
    code.jne(nextBlock);
  }

  private void dimensions(int count) {
    int bytes = STEP * shape.keyStride();
    code.mov(STEPS, count / STEP);
    Label nextStep = code.here();
    for (int d = 0; d < STEP; d++) {
      dimension(d);
    }
    numbers.prefetch(AHEAD, 0, bytes, shape.keyStride());
    code.add(AHEAD, bytes);
    code.add(KEYS, bytes);
    code.add(QUERY, STEP * Float.BYTES);
    code.sub(STEPS, 1);
    code.jne(nextStep);
  }

  private void dimension(int d) {
    for (int v = 0; v < keys.length; v++) {
      int place = d * shape.keyStride() + v * lanes * shape.numbers().bytes();
      numbers.load(keys[v], at(KEYS, place), factors.length > 0 ? factors[v] : null);
    }
    for (int q = 0; q < sums.length; q++) {
      int place = q * shape.queryStride() + d * Float.BYTES;
      if (query == null) {
        code.vfmadd231ps(sums[q][0], keys[0], allLanes(QUERY, place));
      } else {
        code.vpbroadcastd(query, at(QUERY, place));
        for (int v = 0; v < keys.length; v++) {
          code.vfmadd231ps(sums[q][v], keys[v], query);
        }
      }
    }
  }

  private void storeScores() {
    for (int q = 0; q < sums.length; q++) {
      for (int v = 0; v < keys.length; v++) {
        code.vmulps(sums[q][v], sums[q][v], scale);
        code.vmovups(at(SCORES, q * shape.scoresStride() + v * lanes * Float.BYTES), sums[q][v]);
      }
    }
    code.add(SCORES, AttentionShape.POSITIONS * Float.BYTES);
  }
}
