package io.flinkmistral.kernel.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * Memory for the matrices of a model, one beside the other in huge pages: of pages of its own each
 * would leave a part of the last one unused, which was 6 % of a model of 7B in Q4_0. For one
 * thread.
 */
public final class WeightMemory implements SegmentAllocator {
  /** Bytes that are taken at once; what is never written costs addresses only. */
  private static final long REGION = 256L << 20;

  /** A cache line, in which all matrices begin. */
  private static final long LINE = 64;

  private final Arena arena;
  private MemorySegment rest = MemorySegment.NULL;

  /**
   * @param arena how long the memory lives
   */
  public WeightMemory(Arena arena) {
    this.arena = arena;
  }

  /**
   * @param alignment a cache line's at most
   */
  @Override
  public MemorySegment allocate(long bytes, long alignment) {
    if (alignment > LINE) {
      throw new IllegalArgumentException(
          "an alignment of %d bytes: at most %d are kept".formatted(alignment, LINE));
    }
    if (!NativeMemory.isLazy()) {
      return NativeMemory.allocate(bytes, arena);
    }
    long length = Math.ceilDiv(bytes, LINE) * LINE;
    if (rest.byteSize() < length) {
      rest = NativeMemory.allocate(Math.max(REGION, length), arena);
    }
    MemorySegment allocated = rest.asSlice(0, bytes);
    rest = rest.asSlice(length);
    return allocated;
  }
}
