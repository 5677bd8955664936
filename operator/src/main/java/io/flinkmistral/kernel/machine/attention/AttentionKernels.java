package io.flinkmistral.kernel.machine.attention;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.MachineCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Machine code for attention: of 1, 2, 4, ... queries at once. It is checked when it is made.
 *
 * <p>All memory is outside the heap. That of keys and values is kept alive by the caller.
 */
public final class AttentionKernels {
  /** Bytes that {@link #softmax} needs for its results. */
  public static final int RESULT_BYTES = 64;

  private static final long FOR_RESULT = 2L * Float.BYTES;
  private static final Map<Key, AttentionKernels> ALL = new ConcurrentHashMap<>();

  private final AttentionShape shape;
  private final int most;
  private final MethodHandle softmax;

  /** Of 1, 2, 4, ... queries. */
  private final MethodHandle[] scores;

  private final MethodHandle[] sums;

  private record Key(InstructionSet set, AttentionShape shape) {}

  private AttentionKernels(InstructionSet set, AttentionShape shape) {
    this.shape = shape;
    this.most = mostQueries(set);
    int sizes = Integer.numberOfTrailingZeros(most) + 1;
    softmax = MachineCode.function(new SoftmaxWriter(set).write(), 3);
    scores = new MethodHandle[sizes];
    sums = new MethodHandle[sizes];
    SelfTest test = new SelfTest(shape, most);
    for (int i = 0; i < sizes; i++) {
      int queries = 1 << i;
      Assembler ofScores = new ScoresWriter(shape, set, queries).write();
      scores[i] = MachineCode.function(ofScores, 5);
      sums[i] = MachineCode.function(new SumsWriter(shape, set, queries).write(), 4);
      if (!test.passes(this, queries)) {
        throw new UnsupportedOperationException(
            "attention of %s for %d queries of %s gives other results here than plain loops do"
                .formatted(set, queries, shape));
      }
    }
  }

  /** Most queries of a kernel: as many sums as there are registers for. */
  static int mostQueries(InstructionSet set) {
    return set.registers() / 2 / (AttentionShape.POSITIONS * Float.SIZE / set.bits());
  }

  /**
   * Kernels of an instruction set that this host has; made once.
   *
   * @throws UnsupportedOperationException where they do not compute what they should
   */
  public static AttentionKernels of(InstructionSet set, AttentionShape shape) {
    return ALL.computeIfAbsent(new Key(set, shape), key -> new AttentionKernels(set, shape));
  }

  public AttentionShape shape() {
    return shape;
  }

  /** How many of some queries a kernel takes at once. */
  public int queriesAtOnce(int left) {
    return Integer.highestOneBit(Math.min(left, most));
  }

  /**
   * Multiplies queries with keys.
   *
   * @param pieces a table, and one piece behind it
   * @param count pieces, at least one, of which each writes 16 scores
   * @param queries (n, headDim) floats
   * @param n what {@link #queriesAtOnce} says
   * @param out (n, span) floats, from the place of the first piece's first position on
   */
  public void scores(
      MemorySegment pieces,
      int count,
      MemorySegment queries,
      int n,
      float scale,
      MemorySegment out) {
    long written = (long) count * AttentionShape.POSITIONS * Float.BYTES;
    MemorySegment to = out.asSlice(0, (n - 1L) * shape.scoresStride() + written);
    MemorySegment in = queries.asSlice(0, (long) n * shape.queryStride());
    MemorySegment table = pieces.asSlice(0, (count + 1L) * Piece.BYTES);
    long bits = Integer.toUnsignedLong(Float.floatToRawIntBits(scale));
    try {
      scores[sizeOf(n)].invokeExact(
          table.address(), (long) count, in.address(), to.address(), bits);
    } catch (Throwable e) {
      throw MachineCode.unexpected(e);
    }
    keepAlive(pieces, queries, out);
  }

  private static int sizeOf(int queries) {
    return Integer.numberOfTrailingZeros(queries);
  }

  /**
   * Makes scores exponentials, in place.
   *
   * @param scores of a query; a place that it does not see has negative infinity, and gets zero
   * @param count a multiple of 16, not zero
   * @param result memory for {@link #RESULT_BYTES}
   */
  public Softmax softmax(MemorySegment scores, int count, MemorySegment result) {
    MemorySegment from = scores.asSlice(0, (long) count * Float.BYTES);
    MemorySegment to = result.asSlice(0, RESULT_BYTES);
    try {
      softmax.invokeExact(from.address(), (long) count / AttentionShape.POSITIONS, to.address());
    } catch (Throwable e) {
      throw MachineCode.unexpected(e);
    }
    keepAlive(scores, result, result);
    float greatest = to.get(ValueLayout.JAVA_FLOAT, 0);
    float weight = to.get(ValueLayout.JAVA_FLOAT, Float.BYTES);
    boolean areNumbers = !Float.isNaN(to.get(ValueLayout.JAVA_FLOAT, FOR_RESULT));
    return new Softmax(areNumbers ? greatest : Float.NaN, weight);
  }

  /**
   * Adds the products of exponentials and values.
   *
   * @param pieces a table, and one piece behind it
   * @param count pieces, at least one
   * @param positions of all of them
   * @param exponentials (n, span) floats, from the first position's place on
   * @param n what {@link #queriesAtOnce} says
   * @param out (n, headDim) floats
   */
  public void addValues(
      MemorySegment pieces,
      int count,
      int positions,
      MemorySegment exponentials,
      int n,
      MemorySegment out) {
    long read = (long) positions * Float.BYTES;
    MemorySegment in = exponentials.asSlice(0, (n - 1L) * shape.scoresStride() + read);
    MemorySegment to = out.asSlice(0, (long) n * shape.queryStride());
    MemorySegment table = pieces.asSlice(0, (count + 1L) * Piece.BYTES);
    try {
      sums[sizeOf(n)].invokeExact(table.address(), (long) count, in.address(), to.address());
    } catch (Throwable e) {
      throw MachineCode.unexpected(e);
    }
    keepAlive(pieces, exponentials, out);
  }

  private static void keepAlive(MemorySegment a, MemorySegment b, MemorySegment c) {
    Reference.reachabilityFence(a);
    Reference.reachabilityFence(b);
    Reference.reachabilityFence(c);
  }
}
