package io.flinkmistral.kernel.panel;

import static io.flinkmistral.kernel.bytecode.Expressions.as;
import static io.flinkmistral.kernel.bytecode.Expressions.carried;
import static io.flinkmistral.kernel.bytecode.Expressions.fma;
import static io.flinkmistral.kernel.bytecode.Expressions.get;
import static io.flinkmistral.kernel.bytecode.Expressions.halves;
import static io.flinkmistral.kernel.bytecode.Expressions.load;
import static io.flinkmistral.kernel.bytecode.Expressions.shift;
import static io.flinkmistral.kernel.bytecode.Expressions.widen;

import io.flinkmistral.kernel.ScalarKernels;
import io.flinkmistral.kernel.bytecode.CodeType;
import io.flinkmistral.kernel.bytecode.Expressions.Value;
import io.flinkmistral.kernel.bytecode.Expressions.Variable;
import io.flinkmistral.kernel.bytecode.KernelCode;
import java.util.function.IntFunction;

/**
 * Weights as floats times inputs as floats: each output is one chain of fused multiply-adds along
 * the columns, as in {@link ScalarKernels}. Without inputs the weights are the result.
 */
final class FloatRows extends PanelRows {
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
      case BYTE,
          SCALED_BYTE,
          TWO,
          THREE,
          NIBBLE,
          NIBBLE_ADD,
          NIBBLE_MIN,
          FIVE,
          FIVE_ADD,
          FIVE_MIN,
          SIX ->
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
}
