package io.flinkmistral.kernel.vector;

import static io.flinkmistral.kernel.bytecode.Expressions.get;
import static io.flinkmistral.kernel.bytecode.Expressions.halves;
import static io.flinkmistral.kernel.bytecode.Expressions.plus;

import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.arithmetic.Strided;
import io.flinkmistral.kernel.bytecode.CodeType;
import io.flinkmistral.kernel.bytecode.Expressions.Variable;
import io.flinkmistral.kernel.bytecode.GeneratedCode;
import io.flinkmistral.kernel.bytecode.KernelCode;
import java.lang.classfile.CodeBuilder;
import java.lang.invoke.MethodHandles;
import java.lang.ref.Reference;
import jdk.incubator.vector.VectorShape;

/**
 * Makes floats of rows of finite halves.
 *
 * <p>Why generated: keys and values are read a few KiB here and there, and how many of these reads
 * are under way together depends on how few instructions there are between them.
 */
public final class HalfWidener {
  private static final String CLASS_NAME = HalfWidener.class.getName() + "Copy";

  private final int lanes;
  private final Rows code;

  /** The compiled code. */
  interface Rows {
    /**
     * Widens at least one row.
     *
     * @param from address of the first row, then of the one behind the last
     * @param fromStride bytes from row to row
     * @param to address of the first row of floats
     * @param bytes of a row's halves, whole vectors
     */
    public void widen(long from, long end, long fromStride, long to, long toStride, long bytes);
  }

  HalfWidener(VectorShape shape) {
    this.lanes = shape.vectorBitSize() / Float.SIZE;
    this.code =
        GeneratedCode.of(
            MethodHandles.lookup(),
            Rows.class,
            CLASS_NAME,
            shape,
            builder -> write(builder, lanes));
  }

  private static void write(CodeBuilder builder, int lanes) {
    KernelCode code = new KernelCode(builder, lanes);
    Variable from = code.parameter(0, CodeType.LONG);
    Variable end = code.parameter(1, CodeType.LONG);
    Variable to = code.parameter(3, CodeType.LONG);
    code.doWhileNotEqual(
        from,
        end,
        () -> {
          Variable half = code.variable(get(from));
          Variable number = code.variable(get(to));
          Variable rowEnd = code.variable(plus(get(from), get(code.parameter(5, CodeType.LONG))));
          code.doWhileNotEqual(
              half,
              rowEnd,
              () -> {
                code.store(halves(get(half)), get(number));
                code.advance(half, (long) Short.BYTES * lanes);
                code.advance(number, (long) Float.BYTES * lanes);
              });
          code.assign(from, plus(get(from), get(code.parameter(2, CodeType.LONG))));
          code.assign(to, plus(get(to), get(code.parameter(4, CodeType.LONG))));
        });
    builder.return_();
  }

  /** See {@link Kernels#widenHalves}. */
  public void widen(Strided in, Strided out, int rows, int count) {
    int whole = count / lanes * lanes;
    if (rows > 0 && whole > 0) {
      long from = in.rows(rows, whole, Short.BYTES).address();
      long fromStride = (long) in.stride() * Short.BYTES;
      long to = out.rows(rows, whole, Float.BYTES).address();
      long toStride = (long) out.stride() * Float.BYTES;
      long rowBytes = (long) whole * Short.BYTES;
      code.widen(from, from + rows * fromStride, fromStride, to, toStride, rowBytes);
      Reference.reachabilityFence(in);
      Reference.reachabilityFence(out);
    }
    for (int row = 0; row < rows; row++) {
      for (int i = whole; i < count; i++) {
        out.setFloat(row, i, in.half(row, i));
      }
    }
  }
}
