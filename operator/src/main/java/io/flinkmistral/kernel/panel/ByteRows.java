package io.flinkmistral.kernel.panel;

import static io.flinkmistral.kernel.bytecode.Expressions.add;
import static io.flinkmistral.kernel.bytecode.Expressions.and;
import static io.flinkmistral.kernel.bytecode.Expressions.carried;
import static io.flinkmistral.kernel.bytecode.Expressions.fma;
import static io.flinkmistral.kernel.bytecode.Expressions.get;
import static io.flinkmistral.kernel.bytecode.Expressions.halves;
import static io.flinkmistral.kernel.bytecode.Expressions.load;
import static io.flinkmistral.kernel.bytecode.Expressions.mul;
import static io.flinkmistral.kernel.bytecode.Expressions.shift;
import static io.flinkmistral.kernel.bytecode.Expressions.signedBytes;
import static io.flinkmistral.kernel.bytecode.Expressions.toFloats;
import static io.flinkmistral.kernel.bytecode.Expressions.zeros;

import io.flinkmistral.kernel.bytecode.CodeType;
import io.flinkmistral.kernel.bytecode.Expressions.Value;
import io.flinkmistral.kernel.bytecode.Expressions.Variable;
import io.flinkmistral.kernel.bytecode.KernelCode;
import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.layout.QuantizedInput;
import io.flinkmistral.tensor.format.ByteFormat;

/**
 * Weights of 8 bits times inputs of 8: see {@link QuantizedInput} for the arithmetic. Both become
 * floats: a block's sum is below 2^24, so that it is exact, in any order, and floats are multiplied
 * and added in one instruction.
 */
final class ByteRows extends PanelRows {
  // A byte stays at the top of its word, 2^24 times as much, and inputs are as much smaller: powers
  // of two round nothing. Shifting it down would take one of few units.
  private static final int TOP_BYTE = 0xff << 24;

  /** Sums of one output: with one token too few would wait for each other. */
  private final int chains;

  ByteRows(KernelCode code, PanelKernel.Constants constants, Frame frame) {
    super(code, constants, frame);
    chains = tokens == 1 ? 2 : 1;
  }

  /** All rows of a block before the next columns: so memory is read in its order. */
  @Override
  void write() {
    code.doWhileNotEqual(input, end, () -> forRows(this::block));
  }

  private void block() {
    Variable[][][] sums = new Variable[chains][tokens][vectors];
    for (Variable[][] chain : sums) {
      for (Variable[] token : chain) {
        for (int v = 0; v < vectors; v++) {
          token[v] = code.variable(zeros());
        }
      }
    }
    loop(ByteFormat.GROUP, () -> words(sums));
    addBlock(sums);
  }

  /** Runs {@code body} until the inputs of {@code count} columns are used up. */
  private void loop(int count, Runnable body) {
    code.doWhileNotEqual(input, stop(count * tokens), body);
  }

  /** The next four columns, which a word has. */
  private void words(Variable[][][] sums) {
    Variable[] words =
        code.variables(vectors, v -> load(CodeType.INTS, part(weights, 0, Integer.BYTES, v)));
    loop(
        Integer.BYTES,
        () -> {
          for (Variable[][] chain : sums) {
            column(words, chain);
          }
        });
    code.advance(weights, (long) Integer.BYTES * group);
  }

  private void column(Variable[] words, Variable[][] sums) {
    Variable[] w = code.variables(vectors, v -> toFloats(and(carried(words[v]), TOP_BYTE)));
    for (int t = 0; t < tokens; t++) {
      Variable x = code.variable(inputOf(t, 0, CodeType.FLOATS));
      for (int v = 0; v < vectors; v++) {
        code.assign(sums[t][v], fma(get(w[v]), get(x), carried(sums[t][v])));
      }
    }
    for (Variable word : words) {
      code.assign(word, shift("LSHL", carried(word), Byte.SIZE));
    }
    code.advance(input, tokens);
  }

  /** Scales a block's sums and adds them to the outputs. */
  private void addBlock(Variable[][][] sums) {
    Variable[] scales = code.variables(vectors, this::scale);
    for (int t = 0; t < tokens; t++) {
      Variable scale = code.variable(inputOf(t, 0, CodeType.FLOATS));
      for (int v = 0; v < vectors; v++) {
        Value sum = get(sums[0][t][v]);
        for (int chain = 1; chain < chains; chain++) {
          sum = add(sum, get(sums[chain][t][v]));
        }
        Value factor = mul(get(scales[v]), get(scale));
        code.store(fma(sum, factor, load(CodeType.FLOATS, out(t, v))), out(t, v));
      }
    }
    code.advance(input, tokens);
    code.advance(weights, (isScaled() ? 2L + 1 : 2L) * group);
  }

  private Value scale(int v) {
    Value d = halves(part(weights, 0, 2, v));
    return isScaled() ? mul(signedBytes(part(weights, 2L * group, 1, v)), d) : d;
  }

  private boolean isScaled() {
    return constants.layout() == PanelLayout.SCALED_BYTE;
  }
}
