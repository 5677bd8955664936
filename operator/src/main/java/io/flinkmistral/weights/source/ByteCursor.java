package io.flinkmistral.weights.source;

import io.flinkmistral.weights.MalformedModelException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads little-endian values one after the other. What the file does not hold is refused before
 * anything is allocated for it.
 *
 * <p>Its methods are told {@code what} they read, for errors: a text, or an object with one that is
 * only made for an error. To join texts for each string of a vocabulary takes as long as reading
 * it.
 */
public final class ByteCursor {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Stands in a malformed text for what is no UTF-8. */
  private static final char REPLACEMENT = '\ufffd';

  /** Of something that follows. */
  private record LengthOf(Object what) {
    @Override
    public String toString() {
      return "the length of " + what;
    }
  }

  private final MappedFile file;
  private final long limit;
  private long position;

  public ByteCursor(MappedFile file, long position) {
    this(file, position, file.size());
  }

  /** Reads from {@code position}, and nothing at or after {@code limit}. */
  public ByteCursor(MappedFile file, long position, long limit) {
    this.file = file;
    this.position = position;
    this.limit = limit;
  }

  public long position() {
    return position;
  }

  public long remaining() {
    return limit - position;
  }

  public int unsignedByte(String what) throws MalformedModelException {
    return file.data().get(ValueLayout.JAVA_BYTE, advance(1, what)) & 0xFF;
  }

  public int unsignedShort(String what) throws MalformedModelException {
    return file.data().get(SHORT, advance(2, what)) & 0xFFFF;
  }

  public int integer(String what) throws MalformedModelException {
    return file.data().get(INT, advance(4, what));
  }

  public long unsignedInt(String what) throws MalformedModelException {
    return Integer.toUnsignedLong(integer(what));
  }

  public long longInteger(Object what) throws MalformedModelException {
    return file.data().get(LONG, advance(8, what));
  }

  /**
   * An unsigned 64-bit count of things that take at least {@code bytesEach} bytes each, all of
   * which are still to come.
   */
  public long count(Object what, long bytesEach) throws MalformedModelException {
    long at = position;
    long count = longInteger(what);
    if (count < 0 || count > remaining() / bytesEach) {
      throw file.malformed(
          at,
          "%s is %s, but the %d bytes that follow hold at most %d"
              .formatted(what, Long.toUnsignedString(count), remaining(), remaining() / bytesEach));
    }
    return count;
  }

  /** A string with its length (64 bits) before it. */
  public String string(Object what, int maxBytes) throws MalformedModelException {
    long at = position;
    long length = count(new LengthOf(what), 1);
    if (length > maxBytes) {
      throw file.malformed(
          at,
          "%s has a length of %d bytes, more than the %d that are read"
              .formatted(what, length, maxBytes));
    }
    return utf8((int) length, what);
  }

  /** The next {@code length} bytes, which must be UTF-8. */
  public String utf8(int length, Object what) throws MalformedModelException {
    long at = advance(length, what);
    byte[] bytes = file.bytes(at, length);
    String text = new String(bytes, StandardCharsets.UTF_8);
    if (text.indexOf(REPLACEMENT) >= 0) {
      refuseMalformed(bytes, at, what);
    }
    return text;
  }

  /** A decoder for each text would take longer than all that these need else. */
  private void refuseMalformed(byte[] utf8, long at, Object what) throws MalformedModelException {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
    } catch (CharacterCodingException e) {
      throw file.malformed(at, "%s is not UTF-8: %s".formatted(what, e.getMessage()));
    }
  }

  public void skip(long bytes, String what) throws MalformedModelException {
    advance(bytes, what);
  }

  public MalformedModelException malformed(long offset, String reason) {
    return file.malformed(offset, reason);
  }

  /** Steps over {@code bytes} and returns where they start. */
  private long advance(long bytes, Object what) throws MalformedModelException {
    if (bytes < 0 || bytes > remaining()) {
      throw file.malformed(
          position,
          "the file is cut: %s takes %s bytes, but %d are left"
              .formatted(what, Long.toUnsignedString(bytes), remaining()));
    }
    long start = position;
    position += bytes;
    return start;
  }
}
