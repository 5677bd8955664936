package io.flinkmistral.kernel.arithmetic;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Rows of numbers in memory.
 *
 * @param memory that they are in
 * @param offset bytes to the first number
 * @param stride numbers from row to row
 */
public record Strided(MemorySegment memory, long offset, int stride) {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Where number {@code column} of a row is, if numbers have so many bytes. */
  public long at(int row, int column, int bytes) {
    return offset + ((long) row * stride + column) * bytes;
  }

  /**
   * The native memory from the first of some rows to the end of the last, for code that does not
   * check addresses.
   */
  public MemorySegment rows(int rows, int count, int bytes) {
    if (!memory.isNative()) {
      throw new IllegalArgumentException("keys and values on the heap: %s".formatted(memory));
    }
    return memory.asSlice(offset, at(rows - 1, count, bytes) - offset);
  }

  public void setFloat(int row, int column, float number) {
    memory.set(FLOAT, at(row, column, Float.BYTES), number);
  }

  public float half(int row, int column) {
    return Float.float16ToFloat(memory.get(HALF, at(row, column, Short.BYTES)));
  }

  public byte code(int row, int column) {
    return memory.get(ValueLayout.JAVA_BYTE, at(row, column, 1));
  }
}
