package io.flinkmistral.kernel.vector;

import io.flinkmistral.kernel.arithmetic.Exponential;
import io.flinkmistral.kernel.bytecode.KernelWarmUp;
import io.flinkmistral.kernel.layout.LaneCodes;
import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.layout.QuantizedInput;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Writes inputs in 8 bits as kernels read them: block by block as {@link QuantizedInput} says, or,
 * once that is compiled, 256 columns at a time with vectors, which takes a quarter of the time. The
 * bits are the same.
 *
 * <p>Vectors have 256 bits on CPUs with 512, too: it is no slower so.
 */
final class InputQuantizer {
  /** Columns that are done at a time, at most. */
  private static final int TILE = 256;

  private static final int BLOCK = QuantizedInput.BLOCK;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final int W = INTS.length();

  /** What is left of a number's bits without its sign. */
  private static final int MAGNITUDE = Integer.MAX_VALUE;

  private static final int ROUND_BITS = QuantizedInput.ROUND_BITS;

  /** Has each lane take the number of the one below it. */
  private static final VectorShuffle<Integer> BELOW =
      VectorShuffle.fromOp(INTS, lane -> (lane + W - 1) % W);

  private volatile boolean takesTiles;

  /**
   * Of a product, for one user at a time.
   *
   * @param layout of weights that are multiplied with inputs of 8 bits
   * @param out receives them
   */
  Writer writer(PanelLayout layout, float[] in, int[] out) {
    return new Writer(layout, in, out, takesTiles && layout.codes().isPresent());
  }

  /** Writes inputs of one product. */
  static final class Writer {
    private final PanelLayout layout;

    /** How tiles are written: bytes have none. */
    private final Optional<LaneCodes> lanes;

    private final float[] in;
    private final int[] out;
    private final boolean takesTiles;
    private final QuantizedInput block = new QuantizedInput();

    // Of a tile.
    private final float[] scales = new float[TILE / BLOCK];

    /** Of the codes of each block of the layout: (block, half of its columns). */
    private final int[] pairs = new int[TILE / 2];

    /** Their sums, each where its block's pairs begin, divided by {@link #W}. */
    private final int[] totals = new int[TILE / 2 / W];

    private final int[] fields = new int[TILE / 2];

    private Writer(PanelLayout layout, float[] in, int[] out, boolean takesTiles) {
      this.layout = layout;
      this.lanes = layout.codes();
      this.in = in;
      this.out = out;
      this.takesTiles = takesTiles;
    }

    /**
     * Writes some of a token's inputs.
     *
     * @param offset of the first of them
     * @param count how many, whole blocks of 32
     * @param at where those of all tokens of a kernel are to begin
     * @param token which of them
     */
    void write(int offset, int count, int at, int token, int tokens) {
      int step = takesTiles ? TILE : BLOCK;
      for (int first = 0; first < count; first += step) {
        int to = at + QuantizedInput.size(layout, first) * tokens;
        if (takesTiles) {
          int columns = Math.min(TILE, count - first);
          compute(offset + first, columns);
          writeTile(columns, to + token, tokens);
        } else {
          block.quantize(in, offset + first);
          block.write(layout, out, to, token, tokens);
        }
      }
    }

    /** What a tile has, in one method: HotSpot might not inline one that takes vectors. */
    private void compute(int offset, int columns) {
      LaneCodes lanes = this.lanes.orElseThrow();
      boolean wholeBlocks = lanes.columns() == BLOCK;
      for (int first = 0; first < columns; first += BLOCK) {
        int from = offset + first;
        FloatVector a = FloatVector.fromArray(FLOATS, in, from);
        FloatVector b = FloatVector.fromArray(FLOATS, in, from + W);
        FloatVector c = FloatVector.fromArray(FLOATS, in, from + 2 * W);
        FloatVector d = FloatVector.fromArray(FLOATS, in, from + 3 * W);
        IntVector ab =
            a.reinterpretAsInts().and(MAGNITUDE).max(b.reinterpretAsInts().and(MAGNITUDE));
        IntVector cd =
            c.reinterpretAsInts().and(MAGNITUDE).max(d.reinterpretAsInts().and(MAGNITUDE));
        float greatest = Float.intBitsToFloat(ab.max(cd).reduceLanes(VectorOperators.MAX));
        float scale = QuantizedInput.scale(greatest);
        scales[first / BLOCK] = scale;
        int pair = first / 2;
        int total = pair / W;
        if (!(scale > 0)) {
          Arrays.fill(pairs, pair, pair + BLOCK / 2, 0);
          Arrays.fill(totals, total, total + 2, 0);
          continue;
        }
        FloatVector factor = FloatVector.broadcast(FLOATS, QuantizedInput.factor(greatest));
        FloatVector round = FloatVector.broadcast(FLOATS, Exponential.ROUND);
        IntVector codesA = a.fma(factor, round).reinterpretAsInts().sub(ROUND_BITS);
        IntVector codesB = b.fma(factor, round).reinterpretAsInts().sub(ROUND_BITS);
        IntVector codesC = c.fma(factor, round).reinterpretAsInts().sub(ROUND_BITS);
        IntVector codesD = d.fma(factor, round).reinterpretAsInts().sub(ROUND_BITS);
        if (wholeBlocks) {
          IntVector ac = codesA.add(codesC.lanewise(VectorOperators.LSHL, Short.SIZE));
          IntVector bd = codesB.add(codesD.lanewise(VectorOperators.LSHL, Short.SIZE));
          ac.intoArray(pairs, pair);
          bd.intoArray(pairs, pair + W);
          totals[total] = ac.add(bd).reduceLanes(VectorOperators.ADD);
        } else {
          IntVector pairsAb = codesA.add(codesB.lanewise(VectorOperators.LSHL, Short.SIZE));
          IntVector pairsCd = codesC.add(codesD.lanewise(VectorOperators.LSHL, Short.SIZE));
          pairsAb.intoArray(pairs, pair);
          pairsCd.intoArray(pairs, pair + W);
          totals[total] = pairsAb.reduceLanes(VectorOperators.ADD);
          totals[total + 1] = pairsCd.reduceLanes(VectorOperators.ADD);
        }
      }
      if (lanes.isPlain()) {
        IntVector factors = IntVector.fromArray(INTS, lanes.factorsBefore(), 0);
        for (int i = 0; i < columns / 2; i += W) {
          IntVector own = IntVector.fromArray(INTS, pairs, i);
          IntVector field = own.sub(own.rearrange(BELOW).mul(factors));
          IntVector high = field.add(0x8000).and(0xffff0000);
          field.and(0xffff).or(high).intoArray(fields, i);
        }
      }
    }

    private void writeTile(int columns, int at, int tokens) {
      LaneCodes lanes = this.lanes.orElseThrow();
      int half = lanes.columns() / 2;
      int to = at;
      for (int pair = 0; pair < columns / 2; pair += half) {
        int total = totals[pair / W];
        out[to] = lanes.start(total);
        to += tokens;
        if (lanes.isPlain()) {
          for (int i = pair; i < pair + half; i += W) {
            // A loop of as many turns as is known: another one has parts for those before and
            // after.
            for (int j = 0; j < W; j++) {
              out[to + j * tokens] = fields[i + j];
            }
            to += W * tokens;
          }
        } else {
          lanes.multipliers(pairs, pair, out, to, tokens);
          to += lanes.fields() * tokens;
        }
        to = QuantizedInput.writeScales(layout, scales[pair / (BLOCK / 2)], total, out, to, tokens);
      }
    }
  }

  /** Compiles what takes tiles, for all kinds of codes and blocks. */
  void warmUp() {
    float[] in = new float[TILE];
    for (int i = 0; i < TILE; i += 2 * BLOCK) {
      in[i] = 1; // And every other block is zero.
    }
    List<Writer> writers =
        Stream.of(PanelLayout.NIBBLE, PanelLayout.TWO, PanelLayout.SIX)
            .map(layout -> new Writer(layout, in, new int[0], true))
            .toList();
    int small = 2 * BLOCK;
    KernelWarmUp.Calls calls =
        new KernelWarmUp.CallsBySize(
            columns -> writers.forEach(writer -> writer.compute(0, columns)),
            small,
            TILE,
            32 * small);
    if (KernelWarmUp.compile(getClass().getSimpleName(), calls)) {
      takeTiles();
    }
  }

  /** From now on it takes tiles. */
  void takeTiles() {
    takesTiles = true;
  }
}
