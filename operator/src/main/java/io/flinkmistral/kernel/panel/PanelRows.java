package io.flinkmistral.kernel.panel;

import static io.flinkmistral.kernel.bytecode.Expressions.address;
import static io.flinkmistral.kernel.bytecode.Expressions.broadcast;
import static io.flinkmistral.kernel.bytecode.Expressions.get;
import static io.flinkmistral.kernel.bytecode.Expressions.number;
import static io.flinkmistral.kernel.bytecode.Expressions.plus;
import static io.flinkmistral.kernel.bytecode.Expressions.times;

import io.flinkmistral.kernel.bytecode.CodeType;
import io.flinkmistral.kernel.bytecode.Expressions;
import io.flinkmistral.kernel.bytecode.Expressions.Value;
import io.flinkmistral.kernel.bytecode.Expressions.Variable;
import io.flinkmistral.kernel.bytecode.KernelCode;
import io.flinkmistral.kernel.bytecode.KernelWarmUp;
import io.flinkmistral.kernel.layout.PanelLayout;
import java.lang.classfile.CodeBuilder;
import java.util.List;

/**
 * Writes the code of a {@link PanelKernel.Rows}: a loop over the columns.
 *
 * <p>Loops are {@code do ... while (address != end)}, which the compiler leaves as they are: where
 * it unrolls, it spills registers, and loops before and after the unrolled one cost as much as the
 * few steps themselves.
 */
abstract sealed class PanelRows permits ByteRows, FloatRows, IntegerRows {
  /** Bytes from one token's outputs to the next one's. */
  private static final long OUT = (long) PanelLayout.ROWS * Float.BYTES;

  final KernelCode code;
  final PanelKernel.Constants constants;
  final int tokens;
  final int vectors;

  /** Rows of a group: what weights of a block lie together; see {@link PanelLayout}. */
  final int group;

  /** Where the panel has its weights of the next columns. */
  final Variable weights;

  final Variable inputs;

  /** Index of the inputs of the next columns, and where they end. */
  final Variable input;

  final Variable end;

  final Variable scratch;

  private final Variable panels;
  private final Variable panelBytes;
  private final Variable outBytes;
  private final Variable row;

  /** The same, from the first row of its group on. */
  private final Variable rowOfGroup;

  private final Variable rowEnd;
  private final Variable out;

  /**
   * The parameters of the method.
   *
   * @param row the first of the current rows
   */
  record Frame(
      Variable weights,
      Variable inputs,
      Variable input,
      Variable end,
      Variable out,
      Variable scratch,
      Variable panels,
      Variable panelBytes,
      Variable outBytes,
      Variable row,
      Variable rowEnd,
      Variable shift) {}

  PanelRows(KernelCode code, PanelKernel.Constants constants, Frame frame) {
    this.code = code;
    this.constants = constants;
    this.tokens = constants.tokens();
    this.vectors = constants.vectors();
    this.group = constants.group();
    this.weights = frame.weights;
    this.inputs = frame.inputs;
    this.input = frame.input;
    this.end = frame.end;
    this.out = frame.out;
    this.scratch = frame.scratch;
    this.panels = frame.panels;
    this.panelBytes = frame.panelBytes;
    this.outBytes = frame.outBytes;
    this.row = frame.row;
    this.rowOfGroup = group == PanelLayout.ROWS ? row : code.variable(number(0));
    this.rowEnd = frame.rowEnd;
  }

  /** Writes the body of {@link PanelKernel.Rows#multiply}. */
  static void write(CodeBuilder builder, PanelKernel.Constants constants) {
    KernelCode code = new KernelCode(builder, constants.lanes());
    Frame frame =
        new Frame(
            code.parameter(0, CodeType.LONG),
            code.parameter(1, CodeType.INT_ARRAY),
            code.parameter(2, CodeType.LONG),
            code.parameter(3, CodeType.LONG),
            code.parameter(4, CodeType.LONG),
            code.parameter(5, CodeType.LONG),
            code.parameter(6, CodeType.LONG),
            code.parameter(7, CodeType.LONG),
            code.parameter(8, CodeType.LONG),
            code.parameter(9, CodeType.LONG),
            code.parameter(10, CodeType.LONG),
            code.parameter(11, CodeType.LONG));
    PanelRows product =
        constants.layout().isOfBytes()
            ? new ByteRows(code, constants, frame)
            : constants.layout().quantizesInputs()
                ? new IntegerRows(code, constants, frame)
                : new FloatRows(code, constants, frame);
    code.returnIfEqual(product.input, product.end);
    product.write();
    builder.return_();
  }

  /** Writes the products of all rows and columns. */
  abstract void write();

  /**
   * Writes {@code body} for one panel after the other, with the same inputs. Weights are then those
   * of the first panel again.
   *
   * @param further what moves on from panel to panel beside weights and outputs
   * @param bytes that it moves
   */
  final void forPanels(Variable further, long bytes, Runnable body) {
    Variable firstWeights = code.variable(get(weights));
    Variable firstInput = code.variable(get(input));
    Variable firstOut = code.variable(get(out));
    Variable first = code.variable(get(further));
    Variable panel = code.variable(get(weights));
    Variable panelsEnd = code.variable(plus(get(weights), times(get(panels), get(panelBytes))));
    code.doWhileNotEqual(
        panel,
        panelsEnd,
        () -> {
          code.assign(weights, get(panel));
          code.assign(input, get(firstInput));
          body.run();
          code.assign(panel, plus(get(panel), get(panelBytes)));
          code.assign(out, plus(get(out), get(outBytes)));
          code.advance(further, bytes);
        });
    code.assign(weights, get(firstWeights));
    code.assign(out, get(firstOut));
    code.assign(further, get(first));
  }

  /**
   * Writes {@code body} for some rows after the others, with the same inputs and outputs; weights
   * are those of the rows' group.
   */
  final void forRows(Runnable body) {
    if (constants.rows() == PanelLayout.ROWS) {
      body.run();
      return;
    }
    Variable firstRow = code.variable(get(row));
    List<Variable> moved = List.of(input, out);
    List<Variable> starts = moved.stream().map(v -> code.variable(get(v))).toList();
    code.doWhileNotEqual(
        row,
        rowEnd,
        () ->
            forRowsOfGroup(
                () -> {
                  for (int i = 0; i < moved.size(); i++) {
                    code.assign(moved.get(i), get(starts.get(i)));
                  }
                  body.run();
                  code.advance(row, constants.rows());
                }));
    code.assign(row, get(firstRow));
  }

  /** With the last of them {@code body} has the weights of the next group before it. */
  private void forRowsOfGroup(Runnable body) {
    if (constants.rows() == group) {
      body.run();
      return;
    }
    Variable start = code.variable(get(weights));
    Variable groupEnd = code.variable(Expressions.min(plus(get(row), group), get(rowEnd)));
    if (rowOfGroup != row) {
      code.assign(rowOfGroup, number(0));
    }
    code.doWhileNotEqual(
        row,
        groupEnd,
        () -> {
          code.assign(weights, get(start));
          body.run();
          if (rowOfGroup != row) {
            code.advance(rowOfGroup, constants.rows());
          }
        });
  }

  /** Address of the outputs of token {@code t} and vector {@code v} of rows. */
  final Value out(int t, int v) {
    Value rows = times(get(row), Float.BYTES);
    return plus(address(plus(get(out), rows)), t * OUT + (long) Float.BYTES * v * code.lanes());
  }

  /** On to the next token's outputs, or the next column's. */
  final void advanceOut() {
    code.advance(out, OUT);
  }

  /**
   * Address of what vector {@code v} of rows has in a part of a group's block.
   *
   * @param base a value that {@link #weights} had
   * @param offset of the part from the group's first row at {@code base}
   * @param bytes of each row in the part
   */
  final Value part(Variable base, long offset, int bytes, int v) {
    return part(
        constants.rows() == group ? get(base) : rowsOn(base, rowOfGroup, bytes), offset, bytes, v);
  }

  /** The same where a part has all rows of the panel. */
  final Value panelPart(Variable base, long offset, int bytes, int v) {
    return part(rowsOn(base, row, bytes), offset, bytes, v);
  }

  private static Value rowsOn(Variable base, Variable row, int bytes) {
    return plus(get(base), times(get(row), bytes));
  }

  private Value part(Value first, long offset, int bytes, int v) {
    return plus(address(first), offset + (long) bytes * v * code.lanes());
  }

  /**
   * Where the inputs of a part of a block end: {@code count} on, or where all of them end. {@link
   * KernelWarmUp} ends within a block.
   */
  final Variable stop(int count) {
    return code.variable(Expressions.min(plus(get(input), count), get(end)));
  }

  /** What token {@code t} has {@code offset} from {@link #input}. */
  final Value inputOf(int t, int offset, CodeType type) {
    return Expressions.as(type, broadcast(inputs, get(input), offset + t));
  }
}
