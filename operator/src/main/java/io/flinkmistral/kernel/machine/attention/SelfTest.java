package io.flinkmistral.kernel.machine.attention;

import io.flinkmistral.kernel.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Holds kernels against plain loops when they are made, on two pieces of keys and of values, of
 * which the last has fewer positions.
 */
final class SelfTest {
  private static final int PIECES = 2;
  private static final int POSITIONS = AttentionShape.POSITIONS;

  /** Of the last piece of values. */
  private static final int LAST = 7;

  private static final float SCALE = 0.3f;

  private final AttentionShape shape;
  private final MemorySegment memory;
  private final MemorySegment keys;
  private final MemorySegment values;
  private final float[] queries;

  /** What plain loops give, (queries, span) and (queries, headDim). */
  private final float[] scores;

  private final float[] exponentials;
  private final Softmax[] softmaxes;
  private final float[] sums;

  /**
   * @param most queries
   */
  SelfTest(AttentionShape shape, int most) {
    this.shape = shape;
    Random random = new Random(1);
    int numbers = shape.headDim() * shape.pageTokens();
    int scales = numbers / AttentionShape.SCALED;
    long head = (long) numbers * shape.numbers().bytes();
    long pieceBytes = head + (long) scales * Short.BYTES;
    memory = NativeMemory.allocateFew(2 * PIECES * pieceBytes);
    Piece[] pieces = new Piece[2 * PIECES];
    for (int i = 0; i < pieces.length; i++) {
      MemorySegment piece = memory.asSlice(i * pieceBytes, pieceBytes);
      write(piece, head, random);
      int positions = i == pieces.length - 1 ? LAST : POSITIONS;
      pieces[i] = new Piece(piece.address(), piece.address() + head, positions);
    }
    List<Piece> ofKeys = List.of(pieces).subList(0, PIECES);
    List<Piece> ofValues = List.of(pieces).subList(PIECES, 2 * PIECES);
    keys = table(ofKeys);
    values = table(ofValues);
    queries = new float[most * shape.headDim()];
    for (int i = 0; i < queries.length; i++) {
      queries[i] = (float) random.nextGaussian();
    }
    PlainAttention plain = new PlainAttention(shape);
    scores = plain.scores(ofKeys, queries, SCALE);
    exponentials = scores.clone();
    softmaxes = new Softmax[most];
    for (int q = 0; q < most; q++) {
      softmaxes[q] = PlainAttention.softmax(exponentials, q * shape.span(), PIECES * POSITIONS);
    }
    sums = new float[queries.length];
    plain.addValues(ofValues, exponentials, sums);
    Reference.reachabilityFence(memory);
  }

  /**
   * Bytes of any value, and halves that are numbers; so small that scores are about as great as
   * each other, and no exponential is next to nothing.
   */
  private void write(MemorySegment piece, long head, Random random) {
    boolean areScaled = shape.numbers().areScaled();
    for (long at = 0; at < piece.byteSize(); at += Short.BYTES) {
      boolean isHalf = !areScaled || at >= head;
      float half = (float) random.nextGaussian() / (areScaled ? 1024 : 16);
      short number = isHalf ? Float.floatToFloat16(half) : (short) random.nextInt();
      piece.set(ValueLayout.JAVA_SHORT, at, number);
    }
  }

  /** With the first piece once more behind the last. */
  private static MemorySegment table(List<Piece> pieces) {
    MemorySegment table = NativeMemory.allocateFew((pieces.size() + 1L) * Piece.BYTES);
    for (int i = 0; i <= pieces.size(); i++) {
      pieces.get(i % pieces.size()).write(table, i);
    }
    return table;
  }

  /** Pieces of keys, and then as many of values. */
  MemorySegment memory() {
    return memory;
  }

  /** Whether kernels of so many queries give the same bits. */
  boolean passes(AttentionKernels kernels, int n) {
    MemorySegment in = floats(Arrays.copyOf(queries, n * shape.headDim()));
    MemorySegment scored = floats(new float[n * shape.span()]);
    kernels.scores(keys, PIECES, in, n, SCALE, scored);
    boolean passes = same(scored, scores);
    MemorySegment result = NativeMemory.allocateFew(AttentionKernels.RESULT_BYTES);
    for (int q = 0; q < n; q++) {
      MemorySegment ofQuery = scored.asSlice((long) q * shape.scoresStride());
      passes &= kernels.softmax(ofQuery, PIECES * POSITIONS, result).equals(softmaxes[q]);
    }
    passes &= same(scored, exponentials);
    MemorySegment out = floats(new float[n * shape.headDim()]);
    int positions = (PIECES - 1) * POSITIONS + LAST;
    kernels.addValues(values, PIECES, positions, scored, n, out);
    Reference.reachabilityFence(memory);
    return passes && same(out, sums);
  }

  private static MemorySegment floats(float[] numbers) {
    MemorySegment memory = NativeMemory.allocateFew((long) numbers.length * Float.BYTES);
    MemorySegment.copy(numbers, 0, memory, ValueLayout.JAVA_FLOAT, 0, numbers.length);
    return memory;
  }

  private static boolean same(MemorySegment actual, float[] expected) {
    float[] numbers = actual.toArray(ValueLayout.JAVA_FLOAT);
    return Arrays.equals(numbers, Arrays.copyOf(expected, numbers.length));
  }
}
