package io.flinkmistral.kernel.assembler;

import java.util.Arrays;

/** Bytes of code as they are written, and the parts that all encodings share. */
final class CodeBuffer {
  private static final int NEEDS_SIB = 4;
  private static final int NEEDS_DISPLACEMENT = 5;

  private byte[] bytes = new byte[256];
  private int size;

  /** Distances that are not known yet. */
  private int open;

  int size() {
    return size;
  }

  byte[] toBytes() {
    if (open > 0) {
      throw new IllegalStateException("%d jumps to labels that are not bound".formatted(open));
    }
    return Arrays.copyOf(bytes, size);
  }

  /** A distance of four bytes that is written later. */
  int leaveOpen() {
    open++;
    writeInt(0);
    return size - Integer.BYTES;
  }

  void close(int at, int value) {
    open--;
    for (int i = 0; i < Integer.BYTES; i++) {
      bytes[at + i] = (byte) (value >> i * Byte.SIZE);
    }
  }

  void write(int value) {
    if (size == bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * size);
    }
    bytes[size++] = (byte) value;
  }

  void writeInt(int value) {
    for (int i = 0; i < Integer.BYTES; i++) {
      write(value >> i * Byte.SIZE);
    }
  }

  void writeLong(long value) {
    writeInt((int) value);
    writeInt((int) (value >> Integer.SIZE));
  }

  /** ModRM of two registers. */
  void writeModRm(int reg, int rm) {
    write(0b11 << 6 | (reg & 7) << 3 | rm & 7);
  }

  /**
   * ModRM of a register and memory, with what follows it.
   *
   * @param unit bytes that a displacement of one byte counts
   */
  void writeModRm(int reg, Memory memory, int unit) {
    int base = memory.base().number() & 7;
    int displacement = memory.displacement();
    boolean isNone = displacement == 0 && base != NEEDS_DISPLACEMENT;
    boolean isShort = displacement % unit == 0 && isByte(displacement / unit);
    int mode = isNone ? 0 : isShort ? 1 : 2;
    write(mode << 6 | (reg & 7) << 3 | base);
    if (base == NEEDS_SIB) {
      write(0x24); // The base, and no index.
    }
    if (mode == 1) {
      write(displacement / unit);
    } else if (mode == 2) {
      writeInt(displacement);
    }
  }

  static boolean isByte(int value) {
    return value == (byte) value;
  }
}
