package io.flinkmistral.kernel;

import static io.flinkmistral.kernel.Expressions.and;
import static io.flinkmistral.kernel.Expressions.as;
import static io.flinkmistral.kernel.Expressions.carried;
import static io.flinkmistral.kernel.Expressions.fma;
import static io.flinkmistral.kernel.Expressions.get;
import static io.flinkmistral.kernel.Expressions.halves;
import static io.flinkmistral.kernel.Expressions.load;
import static io.flinkmistral.kernel.Expressions.mul;
import static io.flinkmistral.kernel.Expressions.shift;
import static io.flinkmistral.kernel.Expressions.signedBytes;
import static io.flinkmistral.kernel.Expressions.toFloats;
import static io.flinkmistral.kernel.Expressions.widen;

import io.flinkmistral.kernel.Expressions.Value;
import io.flinkmistral.kernel.Expressions.Variable;
import java.util.function.IntFunction;

/**
 * Weights as floats times inputs as floats: each output is one chain of fused multiply-adds along
 * the columns, as in {@link ScalarKernels}. Weights of a block format become floats first, rounded
 * as {@link io.flinkmistral.tensor.Dequantizer} rounds them. Without inputs these are the result.
 */
final class FloatRows extends PanelRows {
  // A byte stays at the top of its word, 2^24 times as much, and its scale is as much smaller:
  // powers of two round nothing. Shifting it down would take one of few units.
  private static final int TOP_BYTE = 0xff << 24;

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
      case BYTE, SCALED_BYTE ->
          code.doWhileNotEqual(input, end, () -> forRows(() -> withSums(this::bytes)));
      case TWO, THREE, NIBBLE, NIBBLE_ADD, NIBBLE_MIN, FIVE, FIVE_ADD, SIX ->
          throw new AssertionError();
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
    Variable[] w = code.variables(vectors, weight);
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

  /** Runs {@code body} until the inputs of {@code count} columns are used up. */
  private void loop(int count, Runnable body) {
    Variable stop = stop(count * constants.inputs());
    code.doWhileNotEqual(input, stop, body);
  }

  /**
   * 32 columns of all rows before the next columns, so that memory is read in its order: rows that
   * are few would leave out more lines than they read.
   */
  private void bytes() {
    Variable[] scales = code.variables(vectors, this::scale);
    code.advance(weights, (isScaled() ? 2L + 1 : 2L) * group);
    loop(32, () -> words(scales));
  }

  /** What bytes at the top of their words are multiplied with. */
  private Value scale(int v) {
    Value d = halves(part(weights, 0, 2, v), 0x1p-24f);
    return isScaled() ? mul(signedBytes(part(weights, 2L * group, 1, v)), d) : d;
  }

  private boolean isScaled() {
    return constants.layout() == PanelLayout.SCALED_BYTE;
  }

  /** The next four columns, which a word has. */
  private void words(Variable[] scales) {
    if (tokens == 2) {
      loop(Integer.BYTES, () -> bytesFromBehind(scales));
      code.advance(weights, 4L * group + Integer.BYTES);
    } else {
      Variable[] words = code.variables(vectors, this::word);
      // A column of one token is so short that a loop for each would cost as much. All four at once
      // are no faster, as memory is not, and take the compiler half as long again.
      int atOnce = tokens > 1 ? 1 : 2;
      loop(
          Integer.BYTES,
          () -> {
            for (int i = 0; i < atOnce; i++) {
              bytesAtTop(words, scales);
            }
          });
      code.advance(weights, 4L * group);
    }
  }

  private Value word(int v) {
    return load(CodeType.INTS, part(weights, 0, 4, v));
  }

  /** Each word is shifted to the left, from byte to byte. */
  private void bytesAtTop(Variable[] words, Variable[] scales) {
    bytes(v -> carried(words[v]), scales);
    for (Variable word : words) {
      code.assign(word, shift("LSHL", carried(word), Byte.SIZE));
    }
  }

  /**
   * Each word is read again from one byte before on, so that its next byte is at the top. Two
   * tokens' sums leave no registers for words where there are 16, and where there are more it is
   * faster, too, from the caches: an instruction less. With one token or four it is no faster.
   * Before a group's first words there are its scales, so that nothing outside is read.
   */
  private void bytesFromBehind(Variable[] scales) {
    bytes(this::word, scales);
    code.advance(weights, -1);
  }

  private void bytes(IntFunction<Value> word, Variable[] scales) {
    multiply(v -> mul(toFloats(and(word.apply(v), TOP_BYTE)), get(scales[v])));
  }
}
