package io.flinkmistral.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The headers of a request that its answer repeats, so that traces and correlation ids go through:
 * all but our own, in their order, as long as they are few and short. One that is too long does not
 * keep those behind it from being copied.
 */
public final class CopiedHeaders {
  /** What the names of headers begin with that say why a record was set aside. */
  public static final String ERRORS = "__streams.errors.";

  /** The most headers that are copied. */
  public static final int MOST = 64;

  /** The most bytes of their names and values together. */
  public static final int MOST_BYTES = 8192;

  private CopiedHeaders() {}

  static List<SourceRecord.Header> of(List<SourceRecord.Header> headers) {
    List<SourceRecord.Header> copied = new ArrayList<>();
    int left = MOST_BYTES;
    for (SourceRecord.Header header : headers) {
      if (copied.size() == MOST) {
        break;
      }
      int bytes = bytes(header);
      if (bytes <= left && !isOurs(header.name())) {
        copied.add(header);
        left -= bytes;
      }
    }
    return copied;
  }

  private static boolean isOurs(String name) {
    return name.startsWith(ERRORS) || name.equals(SourceRecord.SOURCE_HEADER);
  }

  private static int bytes(SourceRecord.Header header) {
    int value = header.value() == null ? 0 : header.value().length;
    return header.name().getBytes(StandardCharsets.UTF_8).length + value;
  }
}
