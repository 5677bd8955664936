package io.flinkmistral.kernel.panel;

import static io.flinkmistral.kernel.bytecode.Expressions.add;
import static io.flinkmistral.kernel.bytecode.Expressions.address;
import static io.flinkmistral.kernel.bytecode.Expressions.as;
import static io.flinkmistral.kernel.bytecode.Expressions.broadcast;
import static io.flinkmistral.kernel.bytecode.Expressions.carried;
import static io.flinkmistral.kernel.bytecode.Expressions.fma;
import static io.flinkmistral.kernel.bytecode.Expressions.get;
import static io.flinkmistral.kernel.bytecode.Expressions.halves;
import static io.flinkmistral.kernel.bytecode.Expressions.load;
import static io.flinkmistral.kernel.bytecode.Expressions.mul;
import static io.flinkmistral.kernel.bytecode.Expressions.plus;
import static io.flinkmistral.kernel.bytecode.Expressions.shift;
import static io.flinkmistral.kernel.bytecode.Expressions.shiftShorts;
import static io.flinkmistral.kernel.bytecode.Expressions.signedBytes;
import static io.flinkmistral.kernel.bytecode.Expressions.toFloats;
import static io.flinkmistral.kernel.bytecode.Expressions.unsignedBytes;

import io.flinkmistral.kernel.bytecode.CodeType;
import io.flinkmistral.kernel.bytecode.Expressions.Value;
import io.flinkmistral.kernel.bytecode.Expressions.Variable;
import io.flinkmistral.kernel.bytecode.GeneratedCode;
import io.flinkmistral.kernel.bytecode.KernelCode;
import io.flinkmistral.kernel.layout.LaneCodes;
import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.layout.QuantizedInput;
import java.util.List;

/**
 * Weights of 2 to 6 bits times inputs of 8: see {@link QuantizedInput} for the arithmetic and
 * {@link LaneCodes} for what is in a word.
 *
 * <p>The sums of a block's lanes fit 16 bits, so the order in which its products are added does not
 * matter.
 *
 * <p>Inputs come from the array, or from scratch memory where they are {@link
 * PanelKernel.Constants#spreads spread}.
 */
final class IntegerRows extends PanelRows {
  private final PanelLayout layout;
  private final LaneCodes codes;
  private final boolean spreads;
  private final Variable shift;

  /** What scales consist of: a factor, and an offset where weights have one. */
  private final int numbers;

  /** Where the inputs of the next columns are in the scratch memory. */
  private final Variable spread;

  /** Where the scratch memory has d and -dmin of the panel's rows. */
  private final Variable panelScales;

  IntegerRows(KernelCode code, PanelKernel.Constants constants, Frame frame) {
    super(code, constants, frame);
    layout = constants.layout();
    codes = layout.codes().orElseThrow();
    spreads = constants.spreads();
    numbers = layout.hasMins() ? 2 : 1;
    shift = frame.shift();
    spread = code.variable(get(scratch));
    panelScales = code.variable(plus(get(scratch), constants.spreadBytes()));
  }

  @Override
  void write() {
    if (layout.hasBlockScales()) {
      code.doWhileNotEqual(input, end, this::blocks);
    } else {
      code.doWhileNotEqual(input, end, this::block);
    }
  }

  /** All rows of {@link LaneCodes#columns} before the next ones: so memory is read in its order. */
  private void block() {
    if (spreads) {
      spread();
    }
    long words = (long) Integer.BYTES * codes.words().size();
    ofPanels(PanelLayout.ROWS * (words + scaleBytes()), () -> forRows(this::rows));
  }

  /** Bytes that a row has behind a block's words. */
  private int scaleBytes() {
    return numbers * (layout.hasBlockScales() ? Byte.BYTES : Short.BYTES);
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

  /**
   * Writes the block's inputs to the scratch memory. All of a step are loaded before the first is
   * stored: a load between stores would be an instruction of its own, and not part of the
   * broadcast.
   */
  private void spread() {
    Variable from = code.variable(get(input));
    Variable stop = stop(tokens * QuantizedInput.ints(layout));
    code.assign(spread, get(scratch));
    code.doWhileNotEqual(
        from,
        stop,
        () -> {
          Variable[] all = code.variables(tokens, t -> broadcast(inputs, get(from), t));
          for (int t = 0; t < tokens; t++) {
            code.store(get(all[t]), spreadAddress(t));
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

  /** {@code count} numbers of each token on. */
  private void advance(int count) {
    code.assign(position(), onward(count * tokens));
  }

  /** All columns of a block of the layout. */
  private void blocks() {
    ofPanels(panelScaleBytes(), this::widenScales);
    int count = layout.blockColumns() / codes.columns();
    Variable stop = stop(count * tokens * QuantizedInput.ints(layout));
    code.doWhileNotEqual(input, stop, this::block);
  }

  /** Writes d and -dmin of all rows to the scratch memory, as floats: each block takes them. */
  private void widenScales() {
    widenHalves(1, 0);
    if (layout.hasMins()) {
      widenHalves(-1, PanelLayout.ROWS);
    }
    code.advance(weights, panelScaleBytes());
  }

  /** Bytes of the halves that a block has before all else. */
  private long panelScaleBytes() {
    return (long) numbers * Short.BYTES * PanelLayout.ROWS;
  }

  /**
   * @param first place of the first row's
   */
  private void widenHalves(float factor, int first) {
    for (int row = first; row < first + PanelLayout.ROWS; row += code.lanes()) {
      Value scale = halves(plus(address(get(weights)), 2L * row), factor);
      code.store(scale, plus(address(get(panelScales)), (long) Float.BYTES * row));
    }
  }

  private void rows() {
    if (spreads) {
      code.assign(spread, get(scratch));
    }
    Variable[][] sums = new Variable[tokens][vectors];
    for (int t = 0; t < tokens; t++) {
      sums[t][0] = code.variable(next(t, CodeType.SHORTS));
      for (int v = 1; v < vectors; v++) {
        sums[t][v] = code.variable(get(sums[t][0]));
      }
    }
    advance(1);
    words(sums);
    addBlock(sums);
    if (spreads) {
      code.advance(input, tokens * QuantizedInput.ints(layout));
    }
  }

  /** What all words begin with is a loop; what the last one has besides comes after it. */
  private void words(Variable[][] sums) {
    int count = codes.words().size();
    int fields = codes.words().getFirst().size();
    List<LaneCodes.Field> last = codes.words().getLast();
    Variable[] w = new Variable[vectors];
    Variable stop = code.variable(onward(count * fields * tokens));
    code.doWhileNotEqual(position(), stop, () -> word(sums, w, fields));
    for (int i = fields; i < last.size(); i++) {
      toNextField(w, w, last.get(i - 1).bits());
      field(sums, w, 0);
      advance(1);
    }
  }

  /**
   * The next word's first fields.
   *
   * @param w receives the word, with the last of them lowest
   */
  private void word(Variable[][] sums, Variable[] w, int fields) {
    for (int v = 0; v < vectors; v++) {
      w[v] = code.variable(as(CodeType.SHORTS, load(CodeType.INTS, part(weights, 0, 4, v))));
    }
    int atOnce = fieldsAtOnce(fields);
    if (atOnce == fields) {
      for (int i = 0; i < fields; i++) {
        if (i > 0) {
          toNextField(w, w, codes.bits());
        }
        field(sums, w, i);
      }
      advance(fields);
    } else {
      Variable[] next = w.clone();
      Variable stop = code.variable(onward(fields * tokens));
      code.doWhileNotEqual(
          position(),
          stop,
          () -> {
            for (int i = 0; i < atOnce; i++) {
              for (int v = 0; v < vectors; v++) {
                w[v] = code.variable(carried(next[v]));
              }
              field(sums, w, i);
              toNextField(w, next, codes.bits());
            }
            advance(atOnce);
          });
    }
    code.advance(weights, 4L * group);
  }

  /**
   * Fields that a loop's body takes. With one token these are so short that the loop would cost as
   * much, and three are so few; but with many sums they would make the code longer than {@link
   * GeneratedCode} may be. With spread inputs it is two of four, for the same reason: with all of a
   * word C2 computes the products of later ones ahead, in one JVM and not in the next, and has no
   * registers for them.
   */
  private int fieldsAtOnce(int fields) {
    if (tokens == 1 || fields == 3 && tokens * vectors <= 8) {
      return fields;
    }
    return spreads && fields % 2 == 0 ? 2 : 1;
  }

  /** Products of the words' lowest fields and the {@code number}-th of the next inputs. */
  private void field(Variable[][] sums, Variable[] w, int number) {
    for (int t = 0; t < tokens; t++) {
      Variable x = code.variable(next(number * tokens + t, CodeType.SHORTS));
      for (int v = 0; v < vectors; v++) {
        code.assign(sums[t][v], add(carried(sums[t][v]), mul(get(w[v]), get(x))));
      }
    }
  }

  /**
   * Shifts words to their next field.
   *
   * <p>A shift by a constant is one of ints, so that bits of the high lane come to the top of the
   * low one. They do not matter to a field whose {@link LaneCodes.Field#place} is as much as these
   * bits at least: times its inputs they are multiples of 2^16.
   */
  private void toNextField(Variable[] words, Variable[] shifted, int bits) {
    for (int v = 0; v < vectors; v++) {
      Value word = get(words[v]);
      Value next =
          bits == codes.bits()
              ? shiftShorts(word, shift)
              : as(CodeType.SHORTS, shift("LSHR", as(CodeType.INTS, word), bits));
      code.assign(shifted[v], next);
    }
  }

  /** Scales a block's sums and adds them to the outputs. */
  private void addBlock(Variable[][] sums) {
    Variable[] scales = new Variable[vectors];
    Variable[] offsets = new Variable[vectors];
    for (int v = 0; v < vectors; v++) {
      scales[v] = code.variable(scale(v));
      if (layout.hasMins()) {
        offsets[v] = code.variable(offset(scales[v], v));
      }
    }
    for (int t = 0; t < tokens; t++) {
      Variable scale = code.variable(next(t, CodeType.FLOATS));
      Variable total = layout.hasMins() ? code.variable(next(tokens + t, CodeType.FLOATS)) : scale;
      for (int v = 0; v < vectors; v++) {
        Value sum = sumOfLanes(as(CodeType.INTS, get(sums[t][v])));
        Value factor = mul(get(scales[v]), get(scale));
        Value result = fma(toFloats(sum), factor, load(CodeType.FLOATS, out(t, v)));
        code.store(layout.hasMins() ? fma(get(offsets[v]), get(total), result) : result, out(t, v));
      }
    }
    advance(numbers);
    code.advance(weights, (long) scaleBytes() * group);
  }

  /** Of both lanes. */
  private Value sumOfLanes(Value pairs) {
    if (codes.sumsAreShort()) {
      // The high half of the product is the sum of both.
      return shift("ASHR", mul(pairs, 0x10001), 16);
    }
    return add(shift("ASHR", shift("LSHL", pairs, 16), 16), shift("ASHR", pairs, 16));
  }

  private Value scale(int v) {
    if (!layout.hasBlockScales()) {
      return halves(part(weights, 0, 2, v));
    }
    Value s = part(weights, 0, 1, v);
    return mul(layout.hasMins() ? unsignedBytes(s) : signedBytes(s), panelScale(0, v));
  }

  /** {@code center * scale - dmin * m}, or {@code center * scale + m}. */
  private Value offset(Variable scale, int v) {
    Value center = mul(get(scale), (float) codes.center());
    if (!layout.hasBlockScales()) {
      return add(center, halves(part(weights, (long) Short.BYTES * group, Short.BYTES, v)));
    }
    Value m = unsignedBytes(part(weights, group, 1, v));
    return add(center, mul(m, panelScale(PanelLayout.ROWS, v)));
  }

  private Value panelScale(int number, int v) {
    Value address = panelPart(panelScales, (long) number * Float.BYTES, Float.BYTES, v);
    return load(CodeType.FLOATS, address);
  }
}
