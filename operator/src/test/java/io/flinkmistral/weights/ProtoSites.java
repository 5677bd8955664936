package io.flinkmistral.weights;

import java.util.ArrayList;
import java.util.List;

/** Where the numbers of a message in protocol buffers' wire format stand: values and lengths. */
final class ProtoSites {
  /**
   * A number.
   *
   * @param offset its first byte
   * @param width bytes that it takes
   * @param parent where the length of the message around it stands; -1 at the top
   */
  record Site(int offset, int width, int parent) {}

  private final byte[] message;
  private final List<Site> sites = new ArrayList<>();

  private ProtoSites(byte[] message) {
    this.message = message;
  }

  /** The sites of a tokenizer.model, of which all fields at the top are messages. */
  static List<Site> of(byte[] message) {
    ProtoSites result = new ProtoSites(message);
    result.walk(0, message.length, -1);
    return result.sites;
  }

  private void walk(int from, int to, int parent) {
    int at = from;
    while (at < to) {
      int kind = message[at] & 7;
      at += width(at);
      switch (kind) {
        case 0 -> {
          sites.add(new Site(at, width(at), parent));
          at += width(at);
        }
        case 2 -> {
          sites.add(new Site(at, width(at), parent));
          int content = at + width(at);
          int end = content + (int) value(at);
          if (parent < 0) {
            walk(content, end, at);
          }
          at = end;
        }
        case 5 -> at += 4;
        default -> throw new IllegalStateException("kind " + kind);
      }
    }
  }

  /** The message with another number at a site; the length of the message around it still fits. */
  static byte[] replaced(byte[] message, Site site, long number) {
    byte[] result = spliced(message, site.offset(), site.width(), number);
    if (site.parent() < 0) {
      return result;
    }
    ProtoSites before = new ProtoSites(message);
    long length = before.value(site.parent()) + result.length - message.length;
    return spliced(result, site.parent(), before.width(site.parent()), length);
  }

  /** The message with another number, and with all lengths as they were. */
  static byte[] spliced(byte[] message, int offset, int width, long number) {
    byte[] varint = new ProtoBytes().varint(0, number).toByteArray();
    int length = varint.length - 1;
    byte[] result = new byte[message.length - width + length];
    System.arraycopy(message, 0, result, 0, offset);
    System.arraycopy(varint, 1, result, offset, length);
    System.arraycopy(
        message, offset + width, result, offset + length, message.length - offset - width);
    return result;
  }

  private int width(int at) {
    int width = 1;
    while (message[at + width - 1] < 0) {
      width++;
    }
    return width;
  }

  private long value(int at) {
    long value = 0;
    for (int i = 0; i < width(at); i++) {
      value |= (long) (message[at + i] & 0x7F) << 7 * i;
    }
    return value;
  }
}
