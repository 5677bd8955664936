package io.flinkmistral.weights;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes bytes of a file and remembers where the numbers stand that a reader must not trust. */
public final class LittleEndian {
  /** A count, length, offset, dimension or type of {@code width} bytes. */
  record Site(String what, int offset, int width) {}

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final List<Site> sites = new ArrayList<>();

  LittleEndian raw(byte[] data) {
    bytes.writeBytes(data);
    return this;
  }

  LittleEndian number(long value, int width) {
    for (int i = 0; i < width; i++) {
      bytes.write((int) (value >>> 8 * i));
    }
    return this;
  }

  LittleEndian site(String what, long value, int width) {
    sites.add(new Site(what, bytes.size(), width));
    return number(value, width);
  }

  LittleEndian string(String what, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return site("length of " + what, utf8.length, 8).raw(utf8);
  }

  LittleEndian pad(int alignment) {
    while (bytes.size() % alignment != 0) {
      bytes.write(0);
    }
    return this;
  }

  int size() {
    return bytes.size();
  }

  public byte[] toByteArray() {
    return bytes.toByteArray();
  }

  public List<Site> sites() {
    return sites;
  }
}
