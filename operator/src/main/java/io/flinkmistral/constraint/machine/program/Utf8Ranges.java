package io.flinkmistral.constraint.machine.program;

import io.flinkmistral.constraint.CodePoints;
import java.util.ArrayList;
import java.util.List;

/**
 * A set of characters as sequences of ranges of bytes: those of UTF-8. A range of characters is cut
 * where the number of bytes changes, and where a leading byte does not have all of its trailing
 * ones; in a part every combination of bytes is a character (as in Cox, "Regular Expression
 * Matching in the Wild").
 */
final class Utf8Ranges {
  private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};

  /** Ranges of the bytes of some characters, the first byte's first. */
  record Bytes(int[] low, int[] high) {}

  private Utf8Ranges() {}

  /** In ascending order; first bytes of two are the same range, or do not overlap. */
  static List<Bytes> of(CodePoints characters) {
    List<Bytes> all = new ArrayList<>();
    for (CodePoints.Range range : characters.ranges()) {
      int from = range.first();
      for (int last : LAST_OF_LENGTH) {
        if (from <= Math.min(range.last(), last)) {
          split(from, Math.min(range.last(), last), all);
          from = last + 1;
        }
      }
    }
    return all;
  }

  /** Of characters with the same number of bytes. */
  private static void split(int first, int last, List<Bytes> into) {
    for (int trailing = 1; trailing <= 3 && last > 0x7F; trailing++) {
      int mask = (1 << 6 * trailing) - 1;
      if ((first & ~mask) != (last & ~mask)) {
        if ((first & mask) != 0) {
          split(first, first | mask, into);
          split((first | mask) + 1, last, into);
          return;
        }
        if ((last & mask) != mask) {
          split(first, (last & ~mask) - 1, into);
          split(last & ~mask, last, into);
          return;
        }
      }
    }
    into.add(new Bytes(encoded(first), encoded(last)));
  }

  static int[] encoded(int character) {
    if (character <= 0x7F) {
      return new int[] {character};
    }
    int trailing = character <= 0x7FF ? 1 : character <= 0xFFFF ? 2 : 3;
    int[] bytes = new int[trailing + 1];
    for (int i = trailing; i > 0; i--) {
      bytes[i] = 0x80 | character >> 6 * (trailing - i) & 0x3F;
    }
    bytes[0] = 0xFF00 >> trailing + 1 & 0xFF | character >> 6 * trailing;
    return bytes;
  }
}
