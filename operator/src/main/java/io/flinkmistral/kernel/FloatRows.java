package io.flinkmistral.kernel;

import static io.flinkmistral.kernel.KernelCode.and;
import static io.flinkmistral.kernel.KernelCode.as;
import static io.flinkmistral.kernel.KernelCode.carried;
import static io.flinkmistral.kernel.KernelCode.fma;
import static io.flinkmistral.kernel.KernelCode.get;
import static io.flinkmistral.kernel.KernelCode.mul;
import static io.flinkmistral.kernel.KernelCode.or;
import static io.flinkmistral.kernel.KernelCode.shift;
import static io.flinkmistral.kernel.KernelCode.sub;
import static io.flinkmistral.kernel.KernelCode.widen;

import io.flinkmistral.kernel.KernelCode.Type;
import io.flinkmistral.kernel.KernelCode.Value;
import io.flinkmistral.kernel.KernelCode.Variable;
import java.util.function.IntFunction;

/**
 * Weights as floats times inputs as floats: each output is one chain of fused multiply-adds along
 * the columns, as in {@link ScalarKernels}. Weights of a block format become floats first, rounded
 * as {@link io.flinkmistral.tensor.Dequantizer} rounds them. Without inputs these are the result.
 */
final class FloatRows extends PanelRows {
  private static final int ROWS = PanelLayout.ROWS;
  private static final int WORD = 4 * ROWS;

  /** The float 2^23, whose last bits count ones. */
  private static final int ONES = 0x4b000000;

  private final Variable[][] sums;

  /** Bytes of a column's inputs. */
  private final long inputBytes;

  FloatRows(KernelCode code, PanelKernel.Constants constants, Frame frame) {
    super(code, constants, frame);
    sums = new Variable[tokens][vectors];
    inputBytes = constants.inputs() * (long) Float.BYTES;
  }

  @Override
  void write() {
    forRows(this::columns);
  }

  private void columns() {
    for (int t = 0; t < tokens; t++) {
      for (int v = 0; v < vectors; v++) {
        sums[t][v] = code.variable(code.load(Type.FLOATS, out(t, v)));
      }
    }
    code.doWhileNotEqual(
        input,
        end,
        () -> {
          switch (constants.layout()) {
            case FLOAT -> column(4, v -> code.load(Type.FLOATS, part(weights, 0, 4, v)));
            case HALF -> column(2, v -> code.halves(part(weights, 0, 2, v)));
            case BFLOAT -> column(2, this::bfloats);
            case BYTE -> bytes();
            case FIVE -> fives();
            case SIX -> sixes();
            case NIBBLE, NIBBLE_MIN -> throw new AssertionError();
          }
        });
    for (int t = 0; t < tokens; t++) {
      for (int v = 0; v < vectors; v++) {
        code.store(get(sums[t][v]), out(t, v));
      }
    }
  }

  private Value bfloats(int v) {
    Value shorts = code.load(Type.HALVES, part(weights, 0, 2, v));
    return as(Type.FLOATS, shift("LSHL", widen("S2I", shorts, Type.INTS), 16));
  }

  /** The next column, {@code bytes} a row. */
  private void column(int bytes, IntFunction<Value> weight) {
    multiply(weight);
    code.advance(weights, (long) bytes * ROWS);
  }

  /** One column: {@code sums[t][v] += weight[v] * input[t]}, or {@code out[v] = weight[v]}. */
  private void multiply(IntFunction<Value> weight) {
    Variable[] w = variables(weight);
    if (constants.widens()) {
      for (int v = 0; v < vectors; v++) {
        code.store(get(w[v]), out(0, v));
      }
      advanceOut();
    }
    for (int t = 0; t < tokens; t++) {
      Variable x = code.variable(inputOf(t, 0, Type.FLOATS));
      for (int v = 0; v < vectors; v++) {
        code.assign(sums[t][v], fma(get(w[v]), get(x), carried(sums[t][v])));
      }
    }
    code.advance(input, inputBytes);
  }

  private Variable[] variables(IntFunction<Value> values) {
    Variable[] variables = new Variable[vectors];
    for (int v = 0; v < vectors; v++) {
      variables[v] = code.variable(values.apply(v));
    }
    return variables;
  }

  /** Runs {@code body} until the inputs of {@code count} columns are used up. */
  private void loop(int count, Runnable body) {
    Variable stop = stop(inputBytes * count);
    code.doWhileNotEqual(input, stop, body);
  }

  private void bytes() {
    Variable[] scales = variables(v -> code.halves(part(weights, 32 * ROWS, 2, v)));
    loop(32, () -> column(1, v -> mul(code.signedBytes(part(weights, 0, 1, v)), get(scales[v]))));
    code.advance(weights, 2 * ROWS);
  }

  private void fives() {
    Variable begin = code.variable(get(weights));
    code.advance(weights, 2 * 2 * ROWS);
    loop(
        256,
        () -> {
          int words = 4 * WORD;
          int bytes = words + WORD;
          Variable[] scales =
              variables(
                  v ->
                      mul(
                          code.halves(part(begin, 0, 2, v)),
                          code.unsignedBytes(part(weights, bytes, 1, v))));
          Variable[] mins =
              variables(
                  v ->
                      mul(
                          code.halves(part(begin, 2 * ROWS, 2, v)),
                          code.unsignedBytes(part(weights, bytes + ROWS, 1, v))));
          Variable[] high = variables(v -> code.load(Type.INTS, part(weights, words, 4, v)));
          loop(
              32,
              () ->
                  word(
                      high,
                      1,
                      0x10,
                      (q, v) -> sub(mul(sub(q, 0x1p23f), get(scales[v])), get(mins[v]))));
          code.advance(weights, WORD + 2 * ROWS);
        });
  }

  private void sixes() {
    Variable begin = code.variable(get(weights));
    code.advance(weights, 2 * ROWS);
    loop(
        256,
        () -> {
          int words = 2 * WORD;
          Variable[] scales =
              variables(
                  v ->
                      mul(
                          code.halves(part(begin, 0, 2, v)),
                          code.signedBytes(part(weights, words + WORD, 1, v))));
          Variable[] high = variables(v -> code.load(Type.INTS, part(weights, words, 4, v)));
          loop(16, () -> word(high, 2, 0x30, (q, v) -> mul(sub(q, 0x1p23f + 32), get(scales[v]))));
          code.advance(weights, WORD + ROWS);
        });
  }

  /** The weight of a code {@code q}, which is given as 2^23 + q. */
  private interface Weight {
    Value of(Value q, int v);
  }

  /**
   * Eight columns.
   *
   * @param high their high bits are the lowest ones
   * @param bits high bits of a column
   * @param mask where they stand above the nibble
   */
  private void word(Variable[] high, int bits, int mask, Weight weight) {
    Variable[] low = variables(v -> code.load(Type.INTS, part(weights, 0, 4, v)));
    loop(
        8,
        () -> {
          multiply(
              v -> {
                Value nibble = and(carried(low[v]), 15);
                Value above = and(shift("LSHL", carried(high[v]), 4), mask);
                Value q = or(or(nibble, above), ONES);
                return weight.of(as(Type.FLOATS, q), v);
              });
          for (int v = 0; v < vectors; v++) {
            code.assign(low[v], shift("LSHR", carried(low[v]), 4));
            code.assign(high[v], shift("LSHR", carried(high[v]), bits));
          }
        });
    code.advance(weights, WORD);
  }
}
