package io.flinkmistral.tokenizer.bpe;

import java.util.Arrays;

/** A binary heap of longs, the smallest on top; a {@code PriorityQueue} without boxing. */
final class LongHeap {
  private long[] keys;
  private int size;

  LongHeap(int capacity) {
    keys = new long[Math.max(16, capacity)];
  }

  boolean isEmpty() {
    return size == 0;
  }

  void push(long key) {
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, Math.multiplyExact(size, 2));
    }
    int at = size++;
    while (at > 0 && keys[at - 1 >>> 1] > key) {
      keys[at] = keys[at - 1 >>> 1];
      at = at - 1 >>> 1;
    }
    keys[at] = key;
  }

  /** Takes the smallest key off; the heap must not be empty. */
  long pop() {
    long top = keys[0];
    long last = keys[--size];
    int at = 0;
    for (int child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && keys[child + 1] < keys[child]) {
        child++;
      }
      if (keys[child] >= last) {
        break;
      }
      keys[at] = keys[child];
      at = child;
    }
    keys[at] = last;
    return top;
  }
}
