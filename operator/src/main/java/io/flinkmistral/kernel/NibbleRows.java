package io.flinkmistral.kernel;

import static io.flinkmistral.kernel.Expressions.add;
import static io.flinkmistral.kernel.Expressions.address;
import static io.flinkmistral.kernel.Expressions.as;
import static io.flinkmistral.kernel.Expressions.broadcast;
import static io.flinkmistral.kernel.Expressions.carried;
import static io.flinkmistral.kernel.Expressions.fma;
import static io.flinkmistral.kernel.Expressions.get;
import static io.flinkmistral.kernel.Expressions.halves;
import static io.flinkmistral.kernel.Expressions.load;
import static io.flinkmistral.kernel.Expressions.mul;
import static io.flinkmistral.kernel.Expressions.plus;
import static io.flinkmistral.kernel.Expressions.shift;
import static io.flinkmistral.kernel.Expressions.shiftShorts;
import static io.flinkmistral.kernel.Expressions.toFloats;
import static io.flinkmistral.kernel.Expressions.unsignedBytes;
import static io.flinkmistral.kernel.Expressions.zero;

import io.flinkmistral.kernel.Expressions.Value;
import io.flinkmistral.kernel.Expressions.Variable;

/**
 * Weights of 4 bits times inputs of 8: see {@link QuantizedInput} for the arithmetic.
 *
 * <p>A lane of 16 bits holds four nibbles of one row. Instead of masking nibble {@code n} out, the
 * lane is shifted right by {@code 4n}, and the inputs are prepared so that what the higher nibbles
 * add cancels ({@link QuantizedInput#write}). A block's sum fits 16 bits, so the order in which its
 * products are added does not matter.
 *
 * <p>Inputs come from the array, or from scratch memory where they are {@link
 * PanelKernel.Constants#spreads spread}.
 */
final class NibbleRows extends PanelRows {
  /** Steps of a word: each takes two of its eight columns. */
  private static final int STEPS = 4;

  private static final int BLOCKS = 256 / QuantizedInput.BLOCK;
  private static final long BLOCK_BYTES = PanelLayout.NIBBLE.bytes(QuantizedInput.BLOCK);

  private final boolean mins;
  private final boolean spreads;
  private final Variable four;

  /** Where the inputs of the next columns are in the scratch memory. */
  private final Variable spread;

  /** Where the scratch memory has d and -dmin of the panel's rows. */
  private final Variable panelScales;

  NibbleRows(KernelCode code, PanelKernel.Constants constants, Frame frame) {
    super(code, constants, frame);
    mins = constants.layout() == PanelLayout.NIBBLE_MIN;
    spreads = constants.spreads();
    four = frame.four();
    spread = code.variable(get(scratch));
    panelScales = code.variable(plus(get(scratch), constants.spreadBytes()));
  }

  @Override
  void write() {
    if (mins) {
      code.doWhileNotEqual(input, end, this::blocks);
    } else {
      code.doWhileNotEqual(input, end, this::block);
    }
  }

  /** All rows of a block before the next one: so memory is read in its order. */
  private void block() {
    if (spreads) {
      spread();
    }
    ofPanels(BLOCK_BYTES, () -> forRows(this::rows));
  }

  /**
   * Writes {@code body} for each panel.
   *
   * @param bytes of a panel's weights that it takes
   */
  private void ofPanels(long bytes, Runnable body) {
    if (spreads) {
      forPanels(panelScales, PanelKernel.Constants.SCALES_BYTES, body);
      code.advance(weights, bytes);
    } else {
      body.run();
    }
  }

  /** Writes the block's inputs to the scratch memory. */
  private void spread() {
    Variable from = code.variable(get(input));
    Variable stop = stop(tokens * QuantizedInput.INTS);
    code.assign(spread, get(scratch));
    code.doWhileNotEqual(
        from,
        stop,
        () -> {
          for (int t = 0; t < tokens; t++) {
            code.store(broadcast(inputs, get(from), t), spreadAddress(t));
          }
          code.advance(from, tokens);
          code.advance(spread, (long) tokens * constants.vectorBytes());
        });
  }

  private Value spreadAddress(int number) {
    return plus(address(get(spread)), (long) number * constants.vectorBytes());
  }

  /** Number {@code number} of the next inputs. */
  private Value next(int number, CodeType type) {
    return spreads ? load(type, spreadAddress(number)) : inputOf(number, 0, type);
  }

  /** Where the next inputs are. */
  private Variable position() {
    return spreads ? spread : input;
  }

  /** {@code count} numbers on. */
  private Value onward(int count) {
    return plus(get(position()), (long) count * (spreads ? constants.vectorBytes() : 1));
  }

  /** 256 columns. */
  private void blocks() {
    ofPanels(2 * 2 * PanelLayout.ROWS, this::widenScales);
    Variable stop = stop(BLOCKS * tokens * QuantizedInput.INTS);
    code.doWhileNotEqual(input, stop, this::block);
  }

  /** Writes d and -dmin of all rows to the scratch memory, as floats: each block takes them. */
  private void widenScales() {
    int rows = PanelLayout.ROWS;
    for (int row = 0; row < rows; row += code.lanes()) {
      Value d = halves(plus(address(get(weights)), 2L * row));
      Value min = halves(plus(address(get(weights)), 2L * (rows + row)), -1);
      code.store(d, plus(address(get(panelScales)), (long) Float.BYTES * row));
      code.store(min, plus(address(get(panelScales)), (long) Float.BYTES * (rows + row)));
    }
    code.advance(weights, 2L * 2 * rows);
  }

  private void rows() {
    if (spreads) {
      code.assign(spread, get(scratch));
    }
    Variable[][] sums = new Variable[tokens][vectors];
    for (int t = 0; t < tokens; t++) {
      int start = tokens * QuantizedInput.START;
      sums[t][0] =
          code.variable(
              mins ? as(CodeType.SHORTS, zero(CodeType.INTS)) : next(start + t, CodeType.SHORTS));
      for (int v = 1; v < vectors; v++) {
        sums[t][v] = code.variable(get(sums[t][0]));
      }
    }
    Variable stop = code.variable(onward(tokens * QuantizedInput.CODES));
    code.doWhileNotEqual(position(), stop, () -> word(sums));
    addBlock(sums);
    if (spreads) {
      code.advance(input, tokens * QuantizedInput.INTS);
    }
  }

  private void word(Variable[][] sums) {
    Variable[] w = new Variable[vectors];
    for (int v = 0; v < vectors; v++) {
      w[v] = code.variable(as(CodeType.SHORTS, load(CodeType.INTS, part(weights, 0, 4, v))));
    }
    if (tokens == 1) {
      // A step of one token is so short that the loop would cost as much.
      for (int i = 0; i < STEPS; i++) {
        step(sums, w);
      }
    } else {
      Runnable steps = spreads ? () -> spreadSteps(sums, w[0]) : () -> step(sums, w);
      Variable stop = code.variable(onward(STEPS * tokens));
      code.doWhileNotEqual(position(), stop, steps);
    }
    code.advance(weights, 4L * group);
  }

  private void step(Variable[][] sums, Variable[] w) {
    for (int t = 0; t < tokens; t++) {
      Variable x = code.variable(next(t, CodeType.SHORTS));
      for (int v = 0; v < vectors; v++) {
        code.assign(sums[t][v], add(carried(sums[t][v]), mul(carried(w[v]), get(x))));
      }
    }
    for (int v = 0; v < vectors; v++) {
      code.assign(w[v], shiftShorts(carried(w[v]), four));
    }
    code.advance(input, tokens);
  }

  /**
   * Two steps: one is so short that the loop would cost as much. With all four C2 computes the
   * products of later steps ahead, in one JVM and not in the next, and has no registers for them.
   */
  private void spreadSteps(Variable[][] sums, Variable w) {
    int steps = STEPS / 2;
    for (int i = 0; i < steps; i++) {
      for (int t = 0; t < tokens; t++) {
        Value product = mul(carried(w), next(i * tokens + t, CodeType.SHORTS));
        code.assign(sums[t][0], add(carried(sums[t][0]), product));
      }
      code.assign(w, shiftShorts(carried(w), four));
    }
    code.assign(spread, onward(steps * tokens));
  }

  /** Scales a block's sums and adds them to the outputs. */
  private void addBlock(Variable[][] sums) {
    Variable[] scales = new Variable[vectors];
    Variable[] minima = new Variable[vectors];
    for (int v = 0; v < vectors; v++) {
      scales[v] = code.variable(scale(v));
      if (mins) {
        minima[v] = code.variable(min(v));
      }
    }
    for (int t = 0; t < tokens; t++) {
      Variable scale = code.variable(next(t, CodeType.FLOATS));
      Variable total = mins ? code.variable(next(tokens + t, CodeType.FLOATS)) : null;
      for (int v = 0; v < vectors; v++) {
        Value sum = sumOfHalves(as(CodeType.INTS, get(sums[t][v])));
        Value factor = mul(get(scales[v]), get(scale));
        Value result = fma(toFloats(sum), factor, load(CodeType.FLOATS, out(t, v)));
        code.store(mins ? fma(get(minima[v]), get(total), result) : result, out(t, v));
      }
    }
    code.assign(position(), onward(2 * tokens));
    code.advance(weights, 2L * group);
  }

  private Value sumOfHalves(Value pairs) {
    if (mins) {
      // Nibbles up to 15 have sums of 17 bits.
      return add(shift("ASHR", shift("LSHL", pairs, 16), 16), shift("ASHR", pairs, 16));
    }
    // The high half of the product is the sum of both.
    return shift("ASHR", mul(pairs, 0x10001), 16);
  }

  private Value scale(int v) {
    if (!mins) {
      return halves(part(weights, 0, 2, v));
    }
    return mul(unsignedBytes(part(weights, 0, 1, v)), panelScale(0, v));
  }

  /** {@code -dmin * m}. */
  private Value min(int v) {
    Value m = unsignedBytes(part(weights, group, 1, v));
    return mul(m, panelScale(PanelLayout.ROWS, v));
  }

  private Value panelScale(int number, int v) {
    Value address = panelPart(panelScales, (long) number * Float.BYTES, Float.BYTES, v);
    return load(CodeType.FLOATS, address);
  }
}
