package io.flinkmistral.kernel;

import static io.flinkmistral.kernel.KernelCode.as;
import static io.flinkmistral.kernel.KernelCode.carried;
import static io.flinkmistral.kernel.KernelCode.fma;
import static io.flinkmistral.kernel.KernelCode.get;
import static io.flinkmistral.kernel.KernelCode.mul;
import static io.flinkmistral.kernel.KernelCode.or;
import static io.flinkmistral.kernel.KernelCode.shift;
import static io.flinkmistral.kernel.KernelCode.sub;
import static io.flinkmistral.kernel.KernelCode.toFloats;
import static io.flinkmistral.kernel.KernelCode.widen;
import static io.flinkmistral.kernel.KernelCode.zero;

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

  /** Columns of one token in a step of a loop: one alone is so short that the loop would show. */
  private static final int UNROLLED = 4;

  private final Variable[][] sums;

  FloatRows(KernelCode code, PanelKernel.Constants constants, Frame frame) {
    super(code, constants, frame);
    sums = new Variable[tokens][vectors];
  }

  @Override
  void write() {
    switch (constants.layout()) {
      case FLOAT -> columns(() -> column(4, v -> code.load(Type.FLOATS, part(weights, 0, 4, v))));
      case HALF -> columns(() -> column(2, v -> code.halves(part(weights, 0, 2, v))));
      case BFLOAT -> columns(() -> column(2, this::bfloats));
      case BYTE -> columns(this::bytes);
      case FIVE -> code.doWhileNotEqual(input, end, this::fives);
      case SIX -> code.doWhileNotEqual(input, end, this::sixes);
      case NIBBLE, NIBBLE_MIN -> throw new AssertionError();
    }
  }

  /** All columns of some rows before the next ones. */
  private void columns(Runnable body) {
    forRows(() -> withSums(() -> code.doWhileNotEqual(input, end, body)));
  }

  /** Runs {@code body} with the outputs so far in {@link #sums}. */
  private void withSums(Runnable body) {
    for (int t = 0; t < tokens; t++) {
      for (int v = 0; v < vectors; v++) {
        sums[t][v] = code.variable(code.load(Type.FLOATS, out(t, v)));
      }
    }
    body.run();
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
    code.advance(input, constants.inputs());
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
    Variable stop = stop(count * constants.inputs());
    code.doWhileNotEqual(input, stop, body);
  }

  private void bytes() {
    Variable[] scales = variables(v -> code.halves(part(weights, 32 * ROWS, 2, v)));
    loop(
        32,
        () -> {
          for (int i = 0; i < (tokens > 1 ? 1 : UNROLLED); i++) {
            column(1, v -> mul(code.signedBytes(part(weights, 0, 1, v)), get(scales[v])));
          }
        });
    code.advance(weights, 2 * ROWS);
  }

  private void fives() {
    Variable begin = code.variable(get(weights));
    code.advance(weights, 2 * 2 * ROWS);
    loop(256, () -> group(() -> fives(begin)));
  }

  /**
   * Some columns of all rows before the next columns, so that memory is read in its order: rows
   * that are few would leave out more lines than they read.
   */
  private void group(Runnable body) {
    forRows(() -> withSums(body));
  }

  /** 32 columns. */
  private void fives(Variable begin) {
    int bytes = 5 * WORD;
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
    codes(32, 5, "LSHR", (q, v) -> sub(mul(toFloats(q), get(scales[v])), get(mins[v])));
    code.advance(weights, 2 * ROWS);
  }

  private void sixes() {
    Variable begin = code.variable(get(weights));
    code.advance(weights, 2 * ROWS);
    loop(256, () -> group(() -> sixes(begin)));
  }

  /** 16 columns. */
  private void sixes(Variable begin) {
    Variable[] scales =
        variables(
            v ->
                mul(
                    code.halves(part(begin, 0, 2, v)),
                    code.signedBytes(part(weights, 3 * WORD, 1, v))));
    codes(16, 6, "ASHR", (q, v) -> mul(toFloats(q), get(scales[v])));
    code.advance(weights, ROWS);
  }

  /** The weight of a code {@code q}. */
  private interface Weight {
    Value of(Value q, int v);
  }

  /**
   * Columns whose codes lie as {@link PanelLayout} says: each word is shifted to the left, from
   * code to code, and what is left of it goes to the top of what is left of the words before.
   *
   * @param bits of a code
   * @param shift brings a code from the top of a word to its place: ASHR where it has a sign
   */
  private void codes(int columns, int bits, String shift, Weight weight) {
    int inWord = Integer.SIZE / bits;
    int words = columns * bits / Integer.SIZE;
    Variable[] rest = variables(_ -> zero(Type.INTS));
    loop(
        words * inWord,
        () -> {
          Variable[] word = variables(v -> code.load(Type.INTS, part(weights, 0, 4, v)));
          shiftOut(word, inWord, bits, shift, weight);
          for (int v = 0; v < vectors; v++) {
            Value before = shift("LSHR", carried(rest[v]), Integer.SIZE % bits);
            code.assign(rest[v], or(before, carried(word[v])));
          }
          code.advance(weights, WORD);
        });
    shiftOut(rest, columns - words * inWord, bits, shift, weight);
  }

  private void shiftOut(Variable[] word, int count, int bits, String shift, Weight weight) {
    Runnable column =
        () -> {
          multiply(v -> weight.of(shift(shift, carried(word[v]), Integer.SIZE - bits), v));
          for (int v = 0; v < vectors; v++) {
            code.assign(word[v], shift("LSHL", carried(word[v]), bits));
          }
        };
    if (tokens > 1) {
      loop(count, column);
    } else {
      // A column of one token is so short that the loop would cost as much.
      for (int i = 0; i < count; i++) {
        column.run();
      }
    }
  }
}
