package io.flinkmistral.weights.source;

import io.flinkmistral.weights.MalformedModelException;

/**
 * Reads the fields of one message in protocol buffers' wire format: a key (varint of {@code field
 * << 3 | wire type}), then a varint (0), 8 bytes (1), a length and bytes (2), or 4 bytes (5).
 */
public final class ProtoReader {
  private final MappedFile file;
  private final ByteCursor cursor;
  private int field;
  private int wireType;

  public ProtoReader(MappedFile file, long begin, long end) {
    this.file = file;
    this.cursor = new ByteCursor(file, begin, end);
  }

  /** Goes to the next field; false at the end of the message. */
  public boolean next() throws MalformedModelException {
    if (cursor.remaining() == 0) {
      return false;
    }
    long at = cursor.position();
    long key = rawVarint("a field's key");
    field = (int) (key >>> 3);
    wireType = (int) (key & 7);
    if (key >>> 32 != 0 || field == 0) {
      throw file.malformed(at, "a field has the key %s".formatted(Long.toUnsignedString(key)));
    }
    return true;
  }

  public int field() {
    return field;
  }

  public long position() {
    return cursor.position();
  }

  public long remaining() {
    return cursor.remaining();
  }

  public long varint(String what) throws MalformedModelException {
    expect(0, what);
    return rawVarint(what);
  }

  public float float32(String what) throws MalformedModelException {
    expect(5, what);
    return Float.intBitsToFloat(cursor.integer(what));
  }

  public String text(String what, int maxBytes) throws MalformedModelException {
    expect(2, what);
    long at = cursor.position();
    long length = length(what);
    if (length > maxBytes) {
      throw file.malformed(
          at, "%s has %d bytes, more than the %d that are read".formatted(what, length, maxBytes));
    }
    return cursor.utf8((int) length, what);
  }

  /** The message within this field. */
  public ProtoReader message(String what) throws MalformedModelException {
    expect(2, what);
    long length = length(what);
    long begin = cursor.position();
    cursor.skip(length, what);
    return new ProtoReader(file, begin, begin + length);
  }

  public void skip() throws MalformedModelException {
    String what = "field " + field;
    switch (wireType) {
      case 0 -> rawVarint(what);
      case 1 -> cursor.skip(8, what);
      case 2 -> cursor.skip(length(what), what);
      case 5 -> cursor.skip(4, what);
      default ->
          throw file.malformed(
              cursor.position(), "field %d has the wire type %d".formatted(field, wireType));
    }
  }

  private void expect(int expected, String what) throws MalformedModelException {
    if (wireType != expected) {
      throw file.malformed(
          cursor.position(),
          "%s has the wire type %d instead of %d".formatted(what, wireType, expected));
    }
  }

  private long length(String what) throws MalformedModelException {
    long at = cursor.position();
    long length = rawVarint("the length of " + what);
    if (length < 0 || length > cursor.remaining()) {
      throw file.malformed(
          at,
          "%s has a length of %s, but %d bytes are left"
              .formatted(what, Long.toUnsignedString(length), cursor.remaining()));
    }
    return length;
  }

  private long rawVarint(String what) throws MalformedModelException {
    long at = cursor.position();
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = cursor.unsignedByte(what);
      value |= (long) (next & 0x7F) << shift;
      if ((next & 0x80) == 0) {
        return value;
      }
    }
    throw file.malformed(at, "%s is a number of more than 64 bits".formatted(what));
  }
}
