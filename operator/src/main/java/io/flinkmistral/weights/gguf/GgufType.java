package io.flinkmistral.weights.gguf;

import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.ByteCursor;

/** The types of GGUF's metadata values; a type's code is its ordinal in the specification. */
enum GgufType {
  UINT8(0, 1),
  INT8(1, 1),
  UINT16(2, 2),
  INT16(3, 2),
  UINT32(4, 4),
  INT32(5, 4),
  FLOAT32(6, 4),
  BOOL(7, 1),
  STRING(8, 8),
  ARRAY(9, 12),
  UINT64(10, 8),
  INT64(11, 8),
  FLOAT64(12, 8);

  private final int code;
  private final int minBytes;

  GgufType(int code, int minBytes) {
    this.code = code;
    this.minBytes = minBytes;
  }

  /** Bytes of a number; of a string and an array, those before their contents. */
  int minBytes() {
    return minBytes;
  }

  static GgufType read(ByteCursor cursor, String what) throws MalformedModelException {
    long at = cursor.position();
    long code = cursor.unsignedInt("the type of " + what);
    for (GgufType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    throw cursor.malformed(at, "the type of %s is %d; there are 0 to 12".formatted(what, code));
  }
}
