package io.flinkmistral.kernel.packing;

import static io.flinkmistral.kernel.memory.NativeMemory.ALL;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.packing.tiles.ByteTiles;
import io.flinkmistral.kernel.packing.tiles.WordTiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Rows of a panel on their way from a file's layout to the panel's: a block of their columns is
 * taken apart into words of rows, and written part by part. One thread's, for one panel after the
 * other.
 */
public final class BlockRows {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INTS =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfShort SHORTS =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int ROWS = PanelLayout.ROWS;

  /** A half's exponent: all ones where the half is not finite. */
  private static final int EXPONENT = 0x7c00;

  /**
   * Code that takes tiles of rows.
   *
   * @param words of most formats
   * @param bytes of Q8_0
   */
  public record Tiles(WordTiles words, ByteTiles bytes) {
    public Tiles() {
      this(new WordTiles(), new ByteTiles());
    }
  }

  private final int group;
  private final Tiles tiles;
  private final int[] words;

  /** Words of a group of rows as they are written. */
  private final int[] grouped;

  private final short[] shorts;
  private final byte[] bytes = new byte[ROWS];

  /** Rows in their file's layout, so many bytes from one to the next. */
  private byte[] from = {};

  private int stride;
  private int rows;

  /** Where the block's bytes of the first row start, and the address where the block goes. */
  private int first;

  private long target;

  /**
   * @param group rows that lie together; see {@link PanelLayout#group}
   * @param most numbers of a row
   * @param tiles of rows, to be taken at once
   */
  public BlockRows(int group, int most, Tiles tiles) {
    this.group = group;
    this.tiles = tiles;
    this.words = new int[most * ROWS];
    this.grouped = new int[most * group];
    this.shorts = new short[most * ROWS];
  }

  /**
   * Takes some columns of a panel's rows.
   *
   * @param source has the rows
   * @param at where the columns of the first row are
   * @param rows how many
   * @param rowBytes from one to the next
   * @param length bytes of the columns
   */
  public void read(MemorySegment source, long at, int rows, long rowBytes, int length) {
    this.rows = rows;
    stride = length;
    if (rows < ROWS) {
      // Those of another panel would be left.
      Arrays.fill(words, 0);
      Arrays.fill(shorts, (short) 0);
    }
    int bytes = rows * length + WordTiles.READ_BYTES;
    if (from.length < bytes) {
      from = new byte[bytes];
    }
    MemorySegment target = MemorySegment.ofArray(from);
    boolean behindEachOther = length == rowBytes;
    int pieces = behindEachOther ? 1 : rows;
    long pieceBytes = behindEachOther ? rows * rowBytes : length;
    for (int i = 0; i < pieces; i++) {
      MemorySegment.copy(source, at + i * rowBytes, target, i * pieceBytes, pieceBytes);
    }
  }

  /**
   * Begins with a block of what was read.
   *
   * @param first where its bytes of the first row start
   * @param target address where it goes: room for a panel's block
   */
  public void begin(int first, long target) {
    this.first = first;
    this.target = target;
  }

  /** How many there are; others of the panel are zero. */
  int count() {
    return rows;
  }

  /** Words of all rows, (number, row). */
  int[] words() {
    return words;
  }

  private int at(int row, int offset) {
    return first + row * stride + offset;
  }

  /** Four bytes of a row, {@code offset} bytes into its block. */
  int intAt(int row, int offset) {
    return (int) INT.get(from, at(row, offset));
  }

  /** Eight bytes of a row, {@code offset} bytes into its block. */
  long longAt(int row, int offset) {
    return (long) LONG.get(from, at(row, offset));
  }

  /** Copies bytes of a row, from {@code offset} bytes into its block on. */
  void copy(int row, int offset, byte[] target) {
    System.arraycopy(from, at(row, offset), target, 0, target.length);
  }

  /**
   * Takes words of each row.
   *
   * @param offset bytes before them in a row's block
   * @param count a multiple of 4
   * @param number which of {@link #words} the first becomes
   */
  void takeWords(int offset, int count, int number) {
    int tiled = tiles.words().rowsOf(rows);
    for (int n = 0; n < count; n += WordTiles.WORDS) {
      int at = at(0, offset + Integer.BYTES * n);
      WordTiles.transpose(from, at, stride, tiled, words, (number + n) * ROWS);
    }
    for (int row = tiled; row < rows; row++) {
      for (int n = 0; n < count; n += 2) {
        long two = longAt(row, offset + Integer.BYTES * n);
        words[(number + n) * ROWS + row] = (int) two;
        words[(number + n + 1) * ROWS + row] = (int) (two >>> Integer.SIZE);
      }
    }
  }

  /**
   * Part of a panel's block: for each group of rows {@code bytes} of each row, and then the next
   * group.
   *
   * @param begin of the first group
   */
  record Part(long begin, int bytes) {
    /**
     * Where numbers of a group of rows are.
     *
     * @param offset bytes of each row before the numbers
     */
    private long at(int firstRow, int offset, int group) {
      return begin + (long) firstRow * bytes + (long) offset * group;
    }
  }

  /** Writes {@code count} words of all rows, from word {@code number} on. */
  void writeWords(int number, int count, Part part, int partOffset) {
    if (group == ROWS) {
      long at = target + part.at(0, partOffset, group);
      MemorySegment.copy(words, number * ROWS, ALL, INTS, at, count * ROWS);
      return;
    }
    for (int row = 0; row < ROWS; row += group) {
      for (int n = 0; n < count; n++) {
        System.arraycopy(words, (number + n) * ROWS + row, grouped, n * group, group);
      }
      long at = target + part.at(row, partOffset, group);
      MemorySegment.copy(grouped, 0, ALL, INTS, at, count * group);
    }
  }

  /**
   * Moves 32 bytes of each row, as words with the first byte at the top; whether it did. It does
   * once that is compiled, where no row is missing.
   *
   * @param offset bytes before them in a row's block
   */
  boolean moveBytes(int offset, Part part, int partOffset) {
    if (tiles.bytes().rowsOf(rows) < ROWS) {
      return false;
    }
    for (int row = 0; row < ROWS; row += group) {
      long at = target + part.at(row, partOffset, group);
      ByteTiles.move(from, at(row, offset), stride, group, at, (long) group * Integer.BYTES);
    }
    return true;
  }

  /** Writes a byte of each row's word {@code number}, 0 for the lowest. */
  void writeBytes(int number, int byteOfWord, Part part, int partOffset) {
    for (int row = 0; row < ROWS; row++) {
      bytes[row] = (byte) (words[number * ROWS + row] >>> byteOfWord * Byte.SIZE);
    }
    for (int row = 0; row < ROWS; row += group) {
      long at = target + part.at(row, partOffset, group);
      MemorySegment.copy(bytes, row, ALL, ValueLayout.JAVA_BYTE, at, group);
    }
  }

  /**
   * Writes a half of each row; whether all are finite.
   *
   * @param offset bytes before it in a row's block
   */
  boolean writeHalves(int offset, Part part, int partOffset) {
    boolean finite = true;
    for (int row = 0, at = at(0, offset); row < rows; row++, at += stride) {
      short half = (short) SHORT.get(from, at);
      shorts[row] = half;
      finite &= (half & EXPONENT) != EXPONENT;
    }
    for (int row = 0; row < ROWS; row += group) {
      long at = target + part.at(row, partOffset, group);
      MemorySegment.copy(shorts, row, ALL, SHORTS, at, group);
    }
    return finite;
  }

  /** Writes halves of all rows, (column, row), {@code at} bytes into the panel's block. */
  boolean writeHalves(int offset, int columns, long at) {
    writeShorts(offset, columns, at);
    boolean finite = true;
    for (int i = 0; i < columns * ROWS; i++) {
      finite &= (shorts[i] & EXPONENT) != EXPONENT;
    }
    return finite;
  }

  /** The same of numbers of 16 bits that are no halves. */
  void writeShorts(int offset, int columns, long at) {
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < columns; k++) {
        shorts[k * ROWS + row] = (short) SHORT.get(from, at(row, offset + Short.BYTES * k));
      }
    }
    MemorySegment.copy(shorts, 0, ALL, SHORTS, target + at, columns * ROWS);
  }
}
