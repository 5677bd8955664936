package io.flinkmistral.kernel.machine.attention;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where the keys or values of up to 16 positions are, as kernels read it from a table: the address
 * of the first number, that of the first scale where there are some, and how many positions, eight
 * bytes each. Behind the last piece of a table there is one more, whose memory may be fetched
 * ahead.
 *
 * @param numbers of keys, those of the first dimension; of values, those of the first position
 */
public record Piece(long numbers, long scales, int positions) {
  /** In a table. */
  public static final int BYTES = 3 * Long.BYTES;

  static final int NUMBERS = 0;
  static final int SCALES = Long.BYTES;
  static final int COUNT = 2 * Long.BYTES;

  /** The one behind it. */
  static final int NEXT = BYTES;

  /** Writes it to a table. */
  public void write(MemorySegment table, int number) {
    long at = (long) number * BYTES;
    table.set(ValueLayout.JAVA_LONG, at + NUMBERS, numbers);
    table.set(ValueLayout.JAVA_LONG, at + SCALES, scales);
    table.set(ValueLayout.JAVA_LONG, at + COUNT, positions);
  }
}
