package io.flinkmistral.weights;

import java.io.ByteArrayOutputStream;

/** Builds messages in protocol buffers' wire format. */
public final class ProtoBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  public ProtoBytes varint(int field, long value) {
    raw(field << 3);
    raw(value);
    return this;
  }

  ProtoBytes fixed32(int field, float value) {
    raw(field << 3 | 5);
    int bits = Float.floatToRawIntBits(value);
    for (int i = 0; i < 4; i++) {
      out.write(bits >>> 8 * i);
    }
    return this;
  }

  public ProtoBytes bytes(int field, byte[] value) {
    raw(field << 3 | 2);
    raw(value.length);
    out.writeBytes(value);
    return this;
  }

  public ProtoBytes message(int field, ProtoBytes value) {
    return bytes(field, value.toByteArray());
  }

  public byte[] toByteArray() {
    return out.toByteArray();
  }

  private void raw(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }
}
