package io.flinkmistral.kernel;

import java.util.Arrays;
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

  /** Numbers that one user at a time works with. */
  static final class Room {
    private final QuantizedInput block = new QuantizedInput();

    // Of a tile.
    private final float[] scales = new float[TILE / BLOCK];

    /** Of the codes of each block of a layout: (block, half of its columns). */
    private final int[] pairs = new int[TILE / 2];

    /** Their sums, each where its block's pairs begin, divided by {@link #W}. */
    private final int[] totals = new int[TILE / 2 / W];

    private final int[] fields = new int[TILE / 2];
  }

  /**
   * Writes a token's inputs.
   *
   * @param layout of weights that are multiplied with inputs of 8 bits
   * @param in has {@code count} numbers from {@code offset} on, whole blocks of 32
   * @param out has the inputs of all tokens from {@code at} on
   * @param token which of them
   */
  void write(
      PanelLayout layout,
      float[] in,
      int offset,
      int count,
      int[] out,
      int at,
      int token,
      int tokens,
      Room room) {
    boolean tiles = takesTiles;
    int step = tiles ? TILE : BLOCK;
    for (int first = 0; first < count; first += step) {
      int to = at + PackedInput.size(layout, first) * tokens;
      if (tiles) {
        int columns = Math.min(TILE, count - first);
        LaneCodes lanes = layout.codes().orElseThrow();
        compute(lanes, in, offset + first, columns, room);
        write(layout, lanes, columns, out, to + token, tokens, room);
      } else {
        room.block.quantize(in, offset + first);
        room.block.write(layout, out, to, token, tokens);
      }
    }
  }

  /** All but the scales, in one method: HotSpot might not inline one that takes vectors. */
  private static void compute(LaneCodes lanes, float[] in, int offset, int columns, Room room) {
    boolean wholeBlocks = lanes.columns() == BLOCK;
    for (int first = 0; first < columns; first += BLOCK) {
      int from = offset + first;
      FloatVector a = FloatVector.fromArray(FLOATS, in, from);
      FloatVector b = FloatVector.fromArray(FLOATS, in, from + W);
      FloatVector c = FloatVector.fromArray(FLOATS, in, from + 2 * W);
      FloatVector d = FloatVector.fromArray(FLOATS, in, from + 3 * W);
      IntVector ab = a.reinterpretAsInts().and(MAGNITUDE).max(b.reinterpretAsInts().and(MAGNITUDE));
      IntVector cd = c.reinterpretAsInts().and(MAGNITUDE).max(d.reinterpretAsInts().and(MAGNITUDE));
      float greatest = Float.intBitsToFloat(ab.max(cd).reduceLanes(VectorOperators.MAX));
      float scale = QuantizedInput.scale(greatest);
      room.scales[first / BLOCK] = scale;
      int pair = first / 2;
      int total = pair / W;
      if (!(scale > 0)) {
        Arrays.fill(room.pairs, pair, pair + BLOCK / 2, 0);
        Arrays.fill(room.totals, total, total + 2, 0);
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
        ac.intoArray(room.pairs, pair);
        bd.intoArray(room.pairs, pair + W);
        room.totals[total] = ac.add(bd).reduceLanes(VectorOperators.ADD);
      } else {
        IntVector pairsAb = codesA.add(codesB.lanewise(VectorOperators.LSHL, Short.SIZE));
        IntVector pairsCd = codesC.add(codesD.lanewise(VectorOperators.LSHL, Short.SIZE));
        pairsAb.intoArray(room.pairs, pair);
        pairsCd.intoArray(room.pairs, pair + W);
        room.totals[total] = pairsAb.reduceLanes(VectorOperators.ADD);
        room.totals[total + 1] = pairsCd.reduceLanes(VectorOperators.ADD);
      }
    }
    if (lanes.isPlain()) {
      IntVector factors = IntVector.fromArray(INTS, lanes.factorsBefore(), 0);
      for (int i = 0; i < columns / 2; i += W) {
        IntVector pairs = IntVector.fromArray(INTS, room.pairs, i);
        IntVector fields = pairs.sub(pairs.rearrange(BELOW).mul(factors));
        IntVector high = fields.add(0x8000).and(0xffff0000);
        fields.and(0xffff).or(high).intoArray(room.fields, i);
      }
    }
  }

  private static void write(
      PanelLayout layout, LaneCodes lanes, int columns, int[] out, int at, int tokens, Room room) {
    int half = lanes.columns() / 2;
    int to = at;
    for (int pair = 0; pair < columns / 2; pair += half) {
      int total = room.totals[pair / W];
      out[to] = lanes.start(total);
      to += tokens;
      if (lanes.isPlain()) {
        for (int i = pair; i < pair + half; i += W) {
          // A loop of as many turns as is known: another one has parts for those before and after.
          for (int j = 0; j < W; j++) {
            out[to + j * tokens] = room.fields[i + j];
          }
          to += W * tokens;
        }
      } else {
        lanes.multipliers(room.pairs, pair, out, to, tokens);
        to += lanes.fields() * tokens;
      }
      float scale = room.scales[pair / (BLOCK / 2)];
      out[to] = Float.floatToRawIntBits(scale);
      to += tokens;
      if (layout.hasMins()) {
        out[to] = Float.floatToRawIntBits(scale * LaneCodes.sum(total));
        to += tokens;
      }
    }
  }

  /** Compiles what takes tiles. */
  void warmUp() {
    if (KernelWarmUp.compile(getClass().getSimpleName(), new Calls())) {
      takeTiles();
    }
  }

  /** From now on it takes tiles. */
  void takeTiles() {
    takesTiles = true;
  }

  /** Calls with all kinds of codes and blocks. */
  private static final class Calls implements KernelWarmUp.Calls {
    private static final int FEW = 2 * BLOCK;

    private final float[] in = new float[TILE];
    private final Room room = new Room();

    private Calls() {
      // Every other block is zero.
      for (int i = 0; i < TILE; i += 2 * BLOCK) {
        in[i] = 1;
      }
    }

    private void call(int columns) {
      compute(LaneCodes.NIBBLES, in, 0, columns, room);
      compute(LaneCodes.TWOS, in, 0, columns, room);
      compute(LaneCodes.SIXES, in, 0, columns, room);
    }

    @Override
    public void withoutColumns() {
      call(0);
    }

    @Override
    public void few() {
      call(FEW);
    }

    @Override
    public void more() {
      call(2 * FEW);
    }

    @Override
    public void all() {
      call(TILE);
    }

    /** As many as would take as long. */
    @Override
    public long productsOfFew() {
      return 32 * FEW;
    }
  }
}
