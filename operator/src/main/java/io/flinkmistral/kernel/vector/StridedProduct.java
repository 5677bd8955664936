package io.flinkmistral.kernel.vector;

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
import static io.flinkmistral.kernel.bytecode.Expressions.signedBytes;

import io.flinkmistral.kernel.arithmetic.NumbersInPlace;
import io.flinkmistral.kernel.arithmetic.Strided;
import io.flinkmistral.kernel.bytecode.CodeType;
import io.flinkmistral.kernel.bytecode.Expressions.Value;
import io.flinkmistral.kernel.bytecode.Expressions.Variable;
import io.flinkmistral.kernel.bytecode.GeneratedCode;
import io.flinkmistral.kernel.bytecode.KernelCode;
import io.flinkmistral.kernel.bytecode.KernelWarmUp;
import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.memory.NativeMemory;
import io.flinkmistral.tensor.DataType;
import java.lang.classfile.CodeBuilder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import jdk.incubator.vector.VectorShape;

/**
 * Products of numbers that are read where they lie, and {@link NumbersInPlace#INPUTS} inputs: see
 * {@code Kernels.addInPlace}.
 *
 * <p>Why: as floats, keys and values would be written and read again, which pays only for more
 * inputs than these.
 */
public final class StridedProduct {
  /** Start of the class's name. */
  static final String CLASS_NAME = StridedProduct.class.getName() + "Copy";

  private static final int INPUTS = NumbersInPlace.INPUTS;

  /** Rows of a pass over the columns: whole vectors of each width. */
  private static final int ROWS = NumbersInPlace.ROWS;

  /** From an input's outputs to the next one's. */
  private static final long OUT_BYTES = (long) PanelLayout.ROWS * Float.BYTES;

  /** What memory is read by. */
  private static final int LINE = 64;

  /** What is read, and how: a kernel each. */
  public enum Format {
    HALVES(Short.BYTES),
    BYTES_OF_SCALED_ROWS(Byte.BYTES),
    BYTES_OF_SCALED_COLUMNS(Byte.BYTES);

    private final int bytes;

    Format(int bytes) {
      this.bytes = bytes;
    }

    public static Format of(NumbersInPlace numbers) {
      return switch (numbers) {
        case NumbersInPlace.Halves _ -> HALVES;
        case NumbersInPlace.BytesOfScaledRows _ -> BYTES_OF_SCALED_ROWS;
        case NumbersInPlace.BytesOfScaledColumns _ -> BYTES_OF_SCALED_COLUMNS;
      };
    }

    private static final Map<DataType, List<Format>> OF_CACHES =
        Map.of(
            DataType.F16,
            List.of(HALVES),
            DataType.Q8_0,
            List.of(BYTES_OF_SCALED_ROWS, BYTES_OF_SCALED_COLUMNS));

    /** Those of caches whose keys and values are of this type; none if they are widened first. */
    public static List<Format> ofCache(DataType type) {
      return OF_CACHES.getOrDefault(type, List.of());
    }
  }

  private final Format format;
  private final Rows code;

  /** The compiled code. */
  interface Rows {
    /**
     * @param columns address of the first column's numbers
     * @param stride bytes from column to column
     * @param scales address of the first scales of rows, or index of the first one of columns
     * @param scaleStride to the next 32 columns' scales in bytes, or to the next column's
     * @param scalesOfColumns bits of floats
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
        long scales,
        long scaleStride,
        int[] scalesOfColumns,
        int[] inputs,
        long input,
        long end,
        long out,
        long outEnd,
        long touched);
  }

  StridedProduct(VectorShape shape, Format format) {
    this.format = format;
    this.code =
        GeneratedCode.of(
            MethodHandles.lookup(),
            Rows.class,
            CLASS_NAME,
            shape,
            c -> new Writer(c, shape, format).write());
  }

  /** Writes the code. */
  private static final class Writer {
    private final CodeBuilder builder;
    private final KernelCode code;
    private final Format format;
    private final int lanes;
    private final int vectors;
    private final Variable columns;
    private final Variable stride;
    private final Variable scales;
    private final Variable scaleStride;
    private final Variable scalesOfColumns;
    private final Variable inputs;
    private final Variable firstInput;
    private final Variable end;
    private final Variable out;
    private final Variable outEnd;
    private final Variable[][] sums;

    Writer(CodeBuilder builder, VectorShape shape, Format format) {
      this.builder = builder;
      this.format = format;
      lanes = shape.vectorBitSize() / Float.SIZE;
      vectors = ROWS / lanes;
      code = new KernelCode(builder, lanes);
      columns = code.parameter(0, CodeType.LONG);
      stride = code.parameter(1, CodeType.LONG);
      scales = code.parameter(2, CodeType.LONG);
      scaleStride = code.parameter(3, CodeType.LONG);
      scalesOfColumns = code.parameter(4, CodeType.INT_ARRAY);
      inputs = code.parameter(5, CodeType.INT_ARRAY);
      firstInput = code.parameter(6, CodeType.LONG);
      end = code.parameter(7, CodeType.LONG);
      out = code.parameter(8, CodeType.LONG);
      outEnd = code.parameter(9, CodeType.LONG);
      sums = new Variable[INPUTS][vectors];
    }

    void write() {
      code.returnIfEqual(firstInput, end);
      code.doWhileNotEqual(out, outEnd, this::rowsWithTheirScales);
      builder.return_();
    }

    private void rowsWithTheirScales() {
      switch (format) {
        case HALVES -> rows();
        case BYTES_OF_SCALED_ROWS -> {
          rows();
          code.advance(scales, (long) ROWS * Short.BYTES);
        }
        case BYTES_OF_SCALED_COLUMNS -> {
          long bytes = (long) NumbersInPlace.SCALED * Float.BYTES;
          Variable scaledEnd = code.variable(plus(get(out), bytes));
          code.doWhileNotEqual(out, scaledEnd, this::rows);
          code.advance(scales, 1);
        }
      }
    }

    private void rows() {
      for (int t = 0; t < INPUTS; t++) {
        for (int v = 0; v < vectors; v++) {
          sums[t][v] = code.variable(load(CodeType.FLOATS, output(t, v)));
        }
      }
      Variable column = code.variable(get(columns));
      Variable input = code.variable(get(firstInput));
      Variable scale = code.variable(get(scales));
      code.doWhileNotEqual(
          input,
          end,
          () -> {
            switch (format) {
              case HALVES -> column(column, input, v -> halves(number(column, v)));
              case BYTES_OF_SCALED_ROWS -> scaledRows(column, input, scale);
              case BYTES_OF_SCALED_COLUMNS -> scaledColumn(column, input, scale);
            }
          });
      for (int t = 0; t < INPUTS; t++) {
        for (int v = 0; v < vectors; v++) {
          code.store(get(sums[t][v]), output(t, v));
        }
      }
      code.advance(columns, (long) ROWS * format.bytes);
      code.advance(out, (long) ROWS * Float.BYTES);
    }

    /** The columns that share scales of rows. */
    private void scaledRows(Variable column, Variable input, Variable scale) {
      Variable[] factors =
          code.variables(
              vectors, v -> halves(plus(address(get(scale)), (long) v * lanes * Short.BYTES)));
      Variable stop = code.variable(plus(get(input), (long) NumbersInPlace.SCALED * INPUTS));
      code.doWhileNotEqual(
          input,
          stop,
          () -> column(column, input, v -> mul(signedBytes(number(column, v)), get(factors[v]))));
      code.assign(scale, plus(get(scale), get(scaleStride)));
    }

    private void scaledColumn(Variable column, Variable input, Variable scale) {
      Variable factor =
          code.variable(as(CodeType.FLOATS, broadcast(scalesOfColumns, get(scale), 0)));
      column(column, input, v -> mul(signedBytes(number(column, v)), get(factor)));
      code.assign(scale, plus(get(scale), get(scaleStride)));
    }

    private void column(Variable column, Variable input, IntFunction<Value> floats) {
      Variable[] weights = code.variables(vectors, floats);
      for (int t = 0; t < INPUTS; t++) {
        Variable x = code.variable(as(CodeType.FLOATS, broadcast(inputs, get(input), t)));
        for (int v = 0; v < vectors; v++) {
          code.assign(sums[t][v], fma(get(weights[v]), get(x), carried(sums[t][v])));
        }
      }
      code.assign(column, plus(get(column), get(stride)));
      code.advance(input, INPUTS);
    }

    /** Address of the numbers of vector {@code v} of rows. */
    private Value number(Variable column, int v) {
      return plus(address(get(column)), (long) v * lanes * format.bytes);
    }

    private Value output(int input, int vector) {
      long offset = input * OUT_BYTES + (long) vector * lanes * Float.BYTES;
      return plus(address(get(out)), offset);
    }
  }

  /** See {@code Kernels.addInPlace}. */
  public void add(
      NumbersInPlace panel, int columns, int rows, int[] in, int offset, MemorySegment out) {
    panel.check(columns, rows);
    if (rows % ROWS != 0) {
      throw new IllegalArgumentException("%d rows: not a multiple of %d".formatted(rows, ROWS));
    }
    if (rows == 0 || columns == 0) {
      return;
    }
    Scales scales =
        switch (panel) {
          case NumbersInPlace.Halves _ -> Scales.NONE;
          case NumbersInPlace.BytesOfScaledRows(_, Strided halves) ->
              Scales.ofRows(halves, columns, rows);
          case NumbersInPlace.BytesOfScaledColumns(_, int[] floats, int first, int stride) ->
              new Scales(first, stride, floats);
        };
    int end = offset + columns * INPUTS;
    Objects.checkFromToIndex(offset, end, in.length);
    MemorySegment read = panel.numbers().rows(columns, rows, format.bytes);
    long outBytes = (long) rows * Float.BYTES;
    MemorySegment outputs = out.asSlice(0, (INPUTS - 1) * OUT_BYTES + outBytes);
    code.multiply(
        read.address(),
        (long) panel.numbers().stride() * format.bytes,
        scales.first,
        scales.stride,
        scales.ofColumns,
        in,
        offset,
        end,
        outputs.address(),
        outputs.address() + outBytes,
        touch(read));
    Reference.reachabilityFence(panel);
    Reference.reachabilityFence(out);
  }

  /** Scales as {@link Rows#multiply} takes them. */
  private record Scales(long first, long stride, int[] ofColumns) {
    private static final int[] NO_COLUMNS = {};
    static final Scales NONE = new Scales(0, 0, NO_COLUMNS);

    static Scales ofRows(Strided halves, int columns, int rows) {
      MemorySegment read = halves.rows(columns / NumbersInPlace.SCALED, rows, Short.BYTES);
      return new Scales(read.address(), (long) halves.stride() * Short.BYTES, NO_COLUMNS);
    }
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

  /** Calls with numbers, inputs and outputs of their own. */
  KernelWarmUp.Calls calls() {
    return new Calls();
  }

  private final class Calls implements KernelWarmUp.Calls {
    private static final int FEW = 32;

    private final int[] inputs = new int[4 * FEW * INPUTS];
    private final int[] scalesOfColumns =
        new int[4 * FEW + PanelLayout.ROWS / NumbersInPlace.SCALED];
    private final MemorySegment panel =
        NativeMemory.allocateFew((long) format.bytes * PanelLayout.ROWS * 4 * FEW);
    private final MemorySegment scales =
        NativeMemory.allocateFew((long) Short.BYTES * PanelLayout.ROWS);
    private final MemorySegment out = NativeMemory.allocateFew(INPUTS * OUT_BYTES);

    private void call(int columns, int rows) {
      boolean ofColumns = format == Format.BYTES_OF_SCALED_COLUMNS;
      code.multiply(
          panel.address(),
          (long) format.bytes * PanelLayout.ROWS,
          ofColumns ? 0 : scales.address(),
          ofColumns ? 1 : 0,
          scalesOfColumns,
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
      call(0, FEW);
    }

    @Override
    public void few() {
      call(FEW, FEW);
    }

    @Override
    public void more() {
      call(2 * FEW, FEW);
    }

    @Override
    public void all() {
      call(4 * FEW, PanelLayout.ROWS);
    }

    @Override
    public long productsOfFew() {
      return FEW * FEW * INPUTS;
    }
  }
}
