package io.flinkmistral.kernel.assembler.aarch64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Words of code as they are written. */
final class WordBuffer {
  private int[] words = new int[256];
  private int count;

  /** Words that are not known yet. */
  private int open;

  /** Bytes written. */
  int size() {
    return count * Integer.BYTES;
  }

  byte[] toBytes() {
    if (open > 0) {
      throw new IllegalStateException("%d jumps to labels that are not bound".formatted(open));
    }
    ByteBuffer bytes = ByteBuffer.allocate(size()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(words, 0, count);
    return bytes.array();
  }

  void write(int word) {
    if (count == words.length) {
      words = Arrays.copyOf(words, 2 * count);
    }
    words[count++] = word;
  }

  void leaveOpen() {
    open++;
    write(0);
  }

  void close(int at, int word) {
    open--;
    words[at / Integer.BYTES] = word;
  }

  /** A number that an instruction has so many bits for. */
  static int field(long value, int bits, int at) {
    if (value < 0 || value >= 1L << bits) {
      throw new IllegalArgumentException("%d does not fit %d bits".formatted(value, bits));
    }
    return (int) value << at;
  }

  /** The same with a sign. */
  static int signed(int value, int bits, int at) {
    if (value < -1 << bits - 1 || value >= 1 << bits - 1) {
      throw new IllegalArgumentException("%d does not fit %d bits".formatted(value, bits));
    }
    return (value & (1 << bits) - 1) << at;
  }
}
