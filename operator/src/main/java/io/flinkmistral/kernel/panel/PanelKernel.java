package io.flinkmistral.kernel.panel;

import io.flinkmistral.kernel.bytecode.GeneratedCode;
import io.flinkmistral.kernel.layout.LaneCodes;
import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.layout.QuantizedInput;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.VectorShape;

/**
 * The innermost loops of a product: some columns of one panel, or of several, times some tokens.
 *
 * @param code does it
 */
public record PanelKernel(Constants constants, Rows code) {
  private static final int[] NO_INPUTS = {};

  /** Start of the name of each kernel's class. */
  public static final String CLASS_NAME = PanelKernel.class.getPackageName() + ".PanelKernelCopy";

  /**
   * Adds to {@code out[t][r]} the products of row {@code r} and input {@code t} over some columns,
   * in their order, for one panel after the other.
   *
   * @param weights where the first block of each panel is
   * @param inputs bits of floats (column, token), or what {@link QuantizedInput} says
   * @param input index of the first column's inputs
   * @param end index behind the last column's inputs; whole blocks of the layout lie between
   * @param out where the (tokens, 64) floats of each panel are
   * @param scratch address of {@link Constants#scratchBytes}
   */
  public void multiply(Places weights, int[] inputs, int input, int end, Places out, long scratch) {
    int atOnce = constants.spreads() ? weights.count : 1;
    for (int panel = 0; panel < weights.count; panel += atOnce) {
      code.multiply(
          weights.of(panel),
          inputs,
          input,
          end,
          out.of(panel),
          scratch,
          atOnce,
          weights.stride,
          out.stride,
          0,
          PanelLayout.ROWS,
          constants.shift());
    }
  }

  /** Addresses, one for each panel. */
  public record Places(long first, int count, long stride) {
    /** Of a single panel. */
    public static Places one(long address) {
      return new Places(address, 1, 1);
    }

    /** All of them so many bytes on. */
    public Places further(long bytes) {
      return new Places(first + bytes, count, stride);
    }

    public long of(int panel) {
      return first + panel * stride;
    }
  }

  /**
   * Writes some columns as the layout FLOAT has them, where this kernel widens.
   *
   * @param weights address of the first block
   * @param columns whole blocks
   * @param out address of (columns, 64) floats
   */
  public void widen(long weights, int columns, long out) {
    multiply(Places.one(weights), NO_INPUTS, 0, columns, Places.one(out), 0);
  }

  /** The compiled code. */
  interface Rows {
    /**
     * Does what {@link PanelKernel#multiply} does, for some rows.
     *
     * @param panels how many, 1 where inputs are not {@link Constants#spreads spread}
     * @param panelBytes from a panel's weights to the next one's, not 0
     * @param outBytes from a panel's outputs to the next one's
     * @param row the first of them; the addresses are those of the panel's first row
     * @param rowEnd the row behind them, a multiple of {@link Constants#rows} later
     * @param shift what {@link Constants#shift} says: a constant would be moved into a vector again
     *     for each shift
     */
    public void multiply(
        long weights,
        int[] inputs,
        long input,
        long end,
        long out,
        long scratch,
        long panels,
        long panelBytes,
        long outBytes,
        long row,
        long rowEnd,
        long shift);
  }

  /**
   * What is constant in one compiled kernel.
   *
   * @param shape vectors
   * @param layout of the weights
   * @param tokens inputs at once, or none: a kernel that widens; indices of inputs just count its
   *     columns
   * @param vectors of rows at once: 1, 2 or 4
   */
  public record Constants(VectorShape shape, PanelLayout layout, int tokens, int vectors) {
    /** Two floats for each row. */
    static final long SCALES_BYTES = 2L * PanelLayout.ROWS * Float.BYTES;

    /** Whether it writes the weights as floats, (columns, 64), instead of products. */
    public boolean widens() {
      return tokens == 0;
    }

    /** Inputs that indices count. */
    int inputs() {
      return Math.max(tokens, 1);
    }

    /**
     * Whether a block's inputs are first written to scratch memory, each in all lanes of a vector:
     * from there they are operands of products, without a register or an instruction of their own.
     * That pays where a step has but one vector of rows. Others take an input once, and use it for
     * each vector.
     */
    public boolean spreads() {
      return layout.codes().isPresent() && vectors == 1;
    }

    /** Bits of a code, where {@link LaneCodes} has them. */
    long shift() {
      return layout.codes().map(LaneCodes::bits).orElse(0);
    }

    /** Bytes of scratch memory: {@link #spreadBytes}, and {@link #SCALES_BYTES} for each panel. */
    public long scratchBytes(int panels) {
      return spreadBytes() + (layout.hasBlockScales() ? panels * SCALES_BYTES : 0);
    }

    /** Bytes of the spread inputs of a block. */
    long spreadBytes() {
      return spreads() ? (long) tokens * QuantizedInput.ints(layout) * vectorBytes() : 0;
    }

    int vectorBytes() {
      return shape.vectorBitSize() / Byte.SIZE;
    }

    /** Rows in a vector. */
    int lanes() {
      return shape.vectorBitSize() / Float.SIZE;
    }

    /** Rows that lie together; see {@link PanelLayout#group}. */
    int group() {
      return layout.group();
    }

    /** Rows of a pass over the columns; a vector's rows are not divided. */
    int rows() {
      return Math.min(PanelLayout.ROWS, vectors * lanes());
    }
  }

  /** Writes a class with such a kernel, and makes one of it. */
  public static PanelKernel of(Constants constants) {
    Rows code =
        GeneratedCode.of(
            MethodHandles.lookup(),
            Rows.class,
            CLASS_NAME,
            constants.shape(),
            builder -> PanelRows.write(builder, constants));
    return new PanelKernel(constants, code);
  }
}
