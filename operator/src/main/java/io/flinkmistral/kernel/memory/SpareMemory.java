package io.flinkmistral.kernel.memory;

import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Memory of products that are over, for later ones: inputs and scratch memory each on their own, so
 * that neither grows to the size of the other. Safe for many threads.
 */
public final class SpareMemory {
  private final Queue<int[]> inputs = new ConcurrentLinkedQueue<>();
  private final Queue<MemorySegment> scratch = new ConcurrentLinkedQueue<>();

  /** At least {@code count} numbers of any value, for one user until it {@link #free}s them. */
  public int[] inputs(int count) {
    int[] spare = inputs.poll();
    return spare != null && spare.length >= count ? spare : new int[count];
  }

  /** At least so many bytes of any value, off the heap, until they are {@link #free}d. */
  public MemorySegment scratch(long bytes) {
    MemorySegment spare = scratch.poll();
    return spare != null && spare.byteSize() >= bytes ? spare : NativeMemory.allocate(bytes);
  }

  public void free(int[] used) {
    inputs.add(used);
  }

  public void free(MemorySegment used) {
    scratch.add(used);
  }
}
