package io.flinkmistral.constraint.tokens;

import java.util.Arrays;
import java.util.function.IntPredicate;

/** Some tokens of a vocabulary. Immutable. */
public final class TokenMask {
  /** So few are kept as a list. */
  private static final int FEW = 64;

  private final int size;
  private final int count;

  /** In ascending order; none where they are many. */
  private final int[] few;

  /** A bit each; none where they are few. */
  private final long[] many;

  private TokenMask(int size, int count, int[] few, long[] many) {
    this.size = size;
    this.count = count;
    this.few = few;
    this.many = many;
  }

  /** Collects tokens. */
  static final class Marks {
    private final int size;
    private final long[] bits;
    private int count;

    Marks(int size) {
      this.size = size;
      this.bits = new long[(size + 63) / 64];
    }

    void add(int token) {
      long bit = 1L << token;
      if (token < size && (bits[token >> 6] & bit) == 0) {
        bits[token >> 6] |= bit;
        count++;
      }
    }

    TokenMask mask() {
      if (count > FEW) {
        return new TokenMask(size, count, new int[0], bits);
      }
      int[] few = new int[count];
      int i = 0;
      for (int word = 0; word < bits.length; word++) {
        for (long left = bits[word]; left != 0; left &= left - 1) {
          few[i++] = word * 64 + Long.numberOfTrailingZeros(left);
        }
      }
      return new TokenMask(size, count, few, new long[0]);
    }
  }

  /** One token. */
  static TokenMask of(int token, int size) {
    Marks marks = new Marks(size);
    marks.add(token);
    return marks.mask();
  }

  /** All tokens but one. */
  static TokenMask allBut(int token, int size) {
    Marks marks = new Marks(size);
    for (int other = 0; other < size; other++) {
      if (other != token) {
        marks.add(other);
      }
    }
    return marks.mask();
  }

  /** These tokens and one more. */
  TokenMask and(int token) {
    if (allows(token)) {
      return this;
    }
    Marks marks = new Marks(size);
    System.arraycopy(many, 0, marks.bits, 0, many.length);
    marks.count = many.length == 0 ? 0 : count;
    for (int other : few) {
      marks.add(other);
    }
    marks.add(token);
    return marks.mask();
  }

  /** The tokens of both. */
  TokenMask with(TokenMask other) {
    return of(token -> allows(token) || other.allows(token));
  }

  /** The tokens that the other one has, too. */
  TokenMask only(TokenMask other) {
    return of(token -> allows(token) && other.allows(token));
  }

  private TokenMask of(IntPredicate wanted) {
    Marks marks = new Marks(size);
    for (int token = 0; token < size; token++) {
      if (wanted.test(token)) {
        marks.add(token);
      }
    }
    return marks.mask();
  }

  /** How many there are. */
  public int count() {
    return count;
  }

  /** The one with the least id; there must be one. */
  public int first() {
    if (count == 0) {
      throw new IllegalStateException("no token is allowed");
    }
    if (many.length == 0) {
      return few[0];
    }
    int word = 0;
    while (many[word] == 0) {
      word++;
    }
    return word * 64 + Long.numberOfTrailingZeros(many[word]);
  }

  public boolean allows(int token) {
    return many.length == 0
        ? Arrays.binarySearch(few, token) >= 0
        : token >= 0 && token < size && (many[token >> 6] & 1L << token) != 0;
  }

  /** Makes the logits of all other tokens those of the impossible. */
  public void apply(float[] logits, int offset) {
    if (many.length == 0) {
      float[] kept = new float[few.length];
      for (int i = 0; i < few.length; i++) {
        kept[i] = logits[offset + few[i]];
      }
      Arrays.fill(logits, offset, offset + size, Float.NEGATIVE_INFINITY);
      for (int i = 0; i < few.length; i++) {
        logits[offset + few[i]] = kept[i];
      }
      return;
    }
    for (int word = 0; word < many.length; word++) {
      long others = ~many[word];
      int begin = offset + word * 64;
      int end = Math.min(64, size - word * 64);
      if (others == -1L) {
        Arrays.fill(logits, begin, begin + end, Float.NEGATIVE_INFINITY);
        continue;
      }
      for (; others != 0; others &= others - 1) {
        int bit = Long.numberOfTrailingZeros(others);
        if (bit >= end) {
          break;
        }
        logits[begin + bit] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  /** About how many bytes of memory. */
  int bytes() {
    return 64 + 4 * few.length + 8 * many.length;
  }
}
