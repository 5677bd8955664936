package io.flinkmistral.kernel;

import static io.flinkmistral.kernel.Expressions.and;
import static io.flinkmistral.kernel.Expressions.as;
import static io.flinkmistral.kernel.Expressions.carried;
import static io.flinkmistral.kernel.Expressions.fma;
import static io.flinkmistral.kernel.Expressions.get;
import static io.flinkmistral.kernel.Expressions.halves;
import static io.flinkmistral.kernel.Expressions.load;
import static io.flinkmistral.kernel.Expressions.mul;
import static io.flinkmistral.kernel.Expressions.or;
import static io.flinkmistral.kernel.Expressions.shift;
import static io.flinkmistral.kernel.Expressions.signedBytes;
import static io.flinkmistral.kernel.Expressions.sub;
import static io.flinkmistral.kernel.Expressions.toFloats;
import static io.flinkmistral.kernel.Expressions.unsignedBytes;
import static io.flinkmistral.kernel.Expressions.widen;
import static io.flinkmistral.kernel.Expressions.zero;

import io.flinkmistral.kernel.Expressions.Value;
import io.flinkmistral.kernel.Expressions.Variable;
import java.util.function.IntFunction;

/**
 * Weights as floats times inputs as floats: each output is one chain of fused multiply-adds along
 * the columns, as in {@link ScalarKernels}. Weights of a block format become floats first, rounded
 * as {@link io.flinkmistral.tensor.Dequantizer} rounds them. Without inputs these are the result.
 */
final class FloatRows extends PanelRows {
  // A code with a sign stays at the top of its word, 2^24 or 2^26 times as much, and its scale is
  // as much smaller: powers of two round nothing. Shifting it down would take one of few units.
  private static final int TOP_BYTE = 0xff << 24;
  private static final int TOP_SIX = 0x3f << 26;

  private final Variable[][] sums;

  FloatRows(KernelCode code, PanelKernel.Constants constants, Frame frame) {
    super(code, constants, frame);
    sums = new Variable[tokens][vectors];
  }

  @Override
  void write() {
    switch (constants.layout()) {
      case FLOAT -> columns(() -> column(4, v -> load(CodeType.FLOATS, part(weights, 0, 4, v))));
      case HALF -> columns(() -> column(2, v -> halves(part(weights, 0, 2, v))));
      case BFLOAT -> columns(() -> column(2, this::bfloats));
      case BYTE -> code.doWhileNotEqual(input, end, () -> group(this::bytes));
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
        sums[t][v] = code.variable(load(CodeType.FLOATS, out(t, v)));
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
    Value shorts = load(CodeType.HALVES, part(weights, 0, 2, v));
    return as(CodeType.FLOATS, shift("LSHL", widen("S2I", shorts, CodeType.INTS), 16));
  }

  /** The next column, {@code bytes} a row. */
  private void column(int bytes, IntFunction<Value> weight) {
    multiply(weight);
    code.advance(weights, (long) bytes * group);
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
      Variable x = code.variable(inputOf(t, 0, CodeType.FLOATS));
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

  /** 32 columns. */
  private void bytes() {
    Variable[] scales = variables(v -> halves(part(weights, 0, 2, v), 0x1p-24f));
    code.advance(weights, 2L * group);
    codes(32, 8, (word, v) -> mul(toFloats(and(word, TOP_BYTE)), get(scales[v])));
  }

  private void fives() {
    Variable begin = code.variable(get(weights));
    code.advance(weights, 2 * 2 * PanelLayout.ROWS);
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
    Variable[] scales =
        variables(
            v -> mul(halves(panelPart(begin, 0, 2, v)), unsignedBytes(part(weights, 0, 1, v))));
    Variable[] mins =
        variables(
            v ->
                mul(
                    halves(panelPart(begin, 2 * PanelLayout.ROWS, 2, v)),
                    unsignedBytes(part(weights, group, 1, v))));
    code.advance(weights, 2L * group);
    codes(
        32,
        5,
        (word, v) -> {
          Value q = shift("LSHR", word, Integer.SIZE - 5);
          return sub(mul(toFloats(q), get(scales[v])), get(mins[v]));
        });
  }

  private void sixes() {
    Variable begin = code.variable(get(weights));
    code.advance(weights, 2 * PanelLayout.ROWS);
    loop(256, () -> group(() -> sixes(begin)));
  }

  /** 16 columns. */
  private void sixes(Variable begin) {
    Variable[] scales =
        variables(
            v ->
                mul(
                    halves(panelPart(begin, 0, 2, v), 0x1p-26f),
                    signedBytes(part(weights, 0, 1, v))));
    code.advance(weights, group);
    codes(16, 6, (word, v) -> mul(toFloats(and(word, TOP_SIX)), get(scales[v])));
  }

  /** The weight of the code at the top of a word. */
  private interface Weight {
    Value of(Value word, int v);
  }

  /**
   * Columns whose codes lie as {@link PanelLayout} says: each word is shifted to the left, from
   * code to code, and what is left of it goes to the top of what is left of the words before.
   *
   * @param bits of a code
   */
  private void codes(int columns, int bits, Weight weight) {
    int inWord = Integer.SIZE / bits;
    int words = columns * bits / Integer.SIZE;
    int last = columns - words * inWord;
    Variable[] rest = last > 0 ? variables(_ -> zero(CodeType.INTS)) : new Variable[0];
    loop(
        words * inWord,
        () -> {
          Variable[] word = variables(v -> load(CodeType.INTS, part(weights, 0, 4, v)));
          shiftOut(word, inWord, bits, weight);
          for (int v = 0; v < rest.length; v++) {
            Value before = shift("LSHR", carried(rest[v]), Integer.SIZE % bits);
            code.assign(rest[v], or(before, carried(word[v])));
          }
          code.advance(weights, 4L * group);
        });
    if (last > 0) {
      shiftOut(rest, last, bits, weight);
    }
  }

  private void shiftOut(Variable[] words, int count, int bits, Weight weight) {
    if (tokens > 1) {
      loop(
          count,
          () -> {
            multiply(v -> weight.of(carried(words[v]), v));
            toNextCode(words, bits);
          });
    } else {
      // A column of one token is so short that the loop would cost as much.
      for (int i = 0; i < count; i++) {
        multiply(v -> weight.of(get(words[v]), v));
        toNextCode(words, bits);
      }
    }
  }

  private void toNextCode(Variable[] words, int bits) {
    for (Variable word : words) {
      code.assign(word, shift("LSHL", carried(word), bits));
    }
  }
}
