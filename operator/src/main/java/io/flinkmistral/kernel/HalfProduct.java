package io.flinkmistral.kernel;

import static io.flinkmistral.kernel.Expressions.address;
import static io.flinkmistral.kernel.Expressions.as;
import static io.flinkmistral.kernel.Expressions.broadcast;
import static io.flinkmistral.kernel.Expressions.carried;
import static io.flinkmistral.kernel.Expressions.fma;
import static io.flinkmistral.kernel.Expressions.get;
import static io.flinkmistral.kernel.Expressions.halves;
import static io.flinkmistral.kernel.Expressions.load;
import static io.flinkmistral.kernel.Expressions.plus;

import io.flinkmistral.kernel.Expressions.Value;
import io.flinkmistral.kernel.Expressions.Variable;
import java.lang.classfile.CodeBuilder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Objects;
import jdk.incubator.vector.VectorShape;

/**
 * Products of finite halves, which are read where they lie, and {@link Kernels#HALF_INPUTS} inputs:
 * see {@link Kernels#addHalves}.
 *
 * <p>Why: as floats, keys and values would be written and read again, which pays only for more
 * inputs than these.
 */
final class HalfProduct {
  /** Start of the class's name. */
  static final String CLASS_NAME = HalfProduct.class.getName() + "Copy";

  private static final int INPUTS = Kernels.HALF_INPUTS;

  /** Rows of a pass over the columns: whole vectors of each width. */
  private static final int ROWS = Kernels.HALF_ROWS;

  /** From an input's outputs to the next one's. */
  private static final long OUT_BYTES = (long) Kernels.PANEL * Float.BYTES;

  /** What memory is read by. */
  private static final int LINE = 64;

  private final Rows code;

  /** The compiled code. */
  interface Rows {
    /**
     * @param columns address of the first column's halves
     * @param stride bytes from column to column
     * @param inputs bits of floats (column, input)
     * @param input index of the first column's inputs
     * @param end index behind the last column's inputs
     * @param out address of the first input's outputs
     * @param outEnd behind them: {@link #ROWS} rows on, or a multiple of that
     * @param touched what {@link #touch} has said, and nobody needs
     */
    void multiply(
        long columns,
        long stride,
        int[] inputs,
        long input,
        long end,
        long out,
        long outEnd,
        long touched);
  }

  HalfProduct(VectorShape shape) {
    this.code = GeneratedCode.of(Rows.class, CLASS_NAME, shape, c -> new Writer(c, shape).write());
  }

  /** Writes the code. */
  private static final class Writer {
    private final CodeBuilder builder;
    private final KernelCode code;
    private final int lanes;
    private final int vectors;
    private final Variable columns;
    private final Variable stride;
    private final Variable inputs;
    private final Variable firstInput;
    private final Variable end;
    private final Variable out;
    private final Variable outEnd;
    private final Variable[][] sums;

    Writer(CodeBuilder builder, VectorShape shape) {
      this.builder = builder;
      lanes = shape.vectorBitSize() / Float.SIZE;
      vectors = ROWS / lanes;
      code = new KernelCode(builder, lanes);
      columns = code.parameter(0, CodeType.LONG);
      stride = code.parameter(1, CodeType.LONG);
      inputs = code.parameter(2, CodeType.INT_ARRAY);
      firstInput = code.parameter(3, CodeType.LONG);
      end = code.parameter(4, CodeType.LONG);
      out = code.parameter(5, CodeType.LONG);
      outEnd = code.parameter(6, CodeType.LONG);
      sums = new Variable[INPUTS][vectors];
    }

    void write() {
      code.returnIfEqual(firstInput, end);
      code.doWhileNotEqual(out, outEnd, this::rows);
      builder.return_();
    }

    private void rows() {
      for (int t = 0; t < INPUTS; t++) {
        for (int v = 0; v < vectors; v++) {
          sums[t][v] = code.variable(load(CodeType.FLOATS, output(t, v)));
        }
      }
      Variable column = code.variable(get(columns));
      Variable input = code.variable(get(firstInput));
      code.doWhileNotEqual(input, end, () -> column(column, input));
      for (int t = 0; t < INPUTS; t++) {
        for (int v = 0; v < vectors; v++) {
          code.store(get(sums[t][v]), output(t, v));
        }
      }
      code.advance(columns, (long) ROWS * Short.BYTES);
      code.advance(out, (long) ROWS * Float.BYTES);
    }

    private void column(Variable column, Variable input) {
      Variable[] numbers = new Variable[vectors];
      for (int v = 0; v < vectors; v++) {
        Value place = plus(address(get(column)), (long) v * lanes * Short.BYTES);
        numbers[v] = code.variable(halves(place));
      }
      for (int t = 0; t < INPUTS; t++) {
        Variable x = code.variable(as(CodeType.FLOATS, broadcast(inputs, get(input), t)));
        for (int v = 0; v < vectors; v++) {
          code.assign(sums[t][v], fma(get(numbers[v]), get(x), carried(sums[t][v])));
        }
      }
      code.assign(column, plus(get(column), get(stride)));
      code.advance(input, INPUTS);
    }

    private Value output(int input, int vector) {
      long offset = input * OUT_BYTES + (long) vector * lanes * Float.BYTES;
      return plus(address(get(out)), offset);
    }
  }

  /** See {@link Kernels#addHalves}. */
  void add(Strided panel, int columns, int rows, int[] in, int offset, MemorySegment out) {
    if (rows % ROWS != 0) {
      throw new IllegalArgumentException("%d rows: not a multiple of %d".formatted(rows, ROWS));
    }
    if (rows == 0 || columns == 0) {
      return;
    }
    int end = offset + columns * INPUTS;
    Objects.checkFromToIndex(offset, end, in.length);
    MemorySegment halves = panel.rows(columns, rows, Short.BYTES);
    long outBytes = (long) rows * Float.BYTES;
    MemorySegment outputs = out.asSlice(0, (INPUTS - 1) * OUT_BYTES + outBytes);
    code.multiply(
        halves.address(),
        (long) panel.stride() * Short.BYTES,
        in,
        offset,
        end,
        outputs.address(),
        outputs.address() + outBytes,
        touch(halves));
    Reference.reachabilityFence(panel);
    Reference.reachabilityFence(out);
  }

  /**
   * Reads something of each line of memory, so that all are under way to the first cache together:
   * with the products between them a core would wait for a few at a time. Keys and values lie in
   * pieces of a few KiB, too short for it to see what comes next.
   */
  private static long touch(MemorySegment memory) {
    long sum = 0;
    for (long at = 0; at < memory.byteSize() - 1; at += LINE) {
      sum += memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, at);
    }
    return sum;
  }

  /** Calls with halves, inputs and outputs of their own. */
  KernelWarmUp.Calls calls() {
    return new Calls();
  }

  private final class Calls implements KernelWarmUp.Calls {
    private static final int FEW = 32;

    private final int[] inputs = new int[4 * FEW * INPUTS];
    private final MemorySegment halves = NativeMemory.allocateFew(2L * Kernels.PANEL * 4 * FEW);
    private final MemorySegment out = NativeMemory.allocateFew(INPUTS * OUT_BYTES);

    private void call(int columns, int rows) {
      code.multiply(
          halves.address(),
          2L * Kernels.PANEL,
          inputs,
          0,
          (long) columns * INPUTS,
          out.address(),
          out.address() + (long) rows * Float.BYTES,
          0);
      Reference.reachabilityFence(this);
    }

    @Override
    public void withoutColumns() {
      call(0, ROWS);
    }

    @Override
    public void few() {
      call(FEW, ROWS);
    }

    @Override
    public void more() {
      call(2 * FEW, ROWS);
    }

    @Override
    public void all() {
      call(4 * FEW, Kernels.PANEL);
    }

    @Override
    public long productsOfFew() {
      return FEW * ROWS * INPUTS;
    }
  }
}
