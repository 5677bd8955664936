package io.flinkmistral.tokenizer;

import java.util.Arrays;

/** Token ids that are being collected, without boxing. */
public final class IdBuffer {
  private int[] ids;
  private int size;

  public IdBuffer(int capacity) {
    ids = new int[Math.max(16, capacity)];
  }

  public void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, Math.multiplyExact(size, 2));
    }
    ids[size++] = id;
  }

  public void addAll(int[] more) {
    for (int id : more) {
      add(id);
    }
  }

  public int[] toArray() {
    return Arrays.copyOf(ids, size);
  }
}
