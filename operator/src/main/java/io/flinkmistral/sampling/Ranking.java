package io.flinkmistral.sampling;

import java.util.Arrays;

/**
 * Tokens in the order of their logits: the greatest first, equal ones by id. A sort of a whole
 * vocabulary by comparisons takes longer than all else that is done for a token outside of the
 * transformer.
 */
public final class Ranking {
  /** A key is a logit's {@link #descending} bits, then the token's id in as many bits as this. */
  private static final int ID_BITS = 31;

  private static final int DIGIT_BITS = 11;
  private static final int DIGITS = 3;
  private static final int DIGIT_VALUES = 1 << DIGIT_BITS;

  /** Fewer keys are sorted by comparisons. */
  private static final int MANY = 1000;

  private long[] keys;
  private int count;

  private Ranking(int capacity) {
    keys = new long[capacity];
  }

  /**
   * The tokens with the greatest logits, most probable first.
   *
   * @param logits holds {@code size} logits from {@code offset} on
   * @param lowest tokens with less are left out, and those that are NaN
   * @param atMost how many are wanted, at least 1
   */
  public static int[] mostProbable(
      float[] logits, int offset, int size, double lowest, int atMost) {
    // With room for as many again, what is not wanted is thrown out only now and then.
    Ranking ranking = new Ranking(atMost < size / 2 ? 2 * atMost : size);
    long bound = Long.MAX_VALUE;
    for (int id = 0; id < size; id++) {
      float logit = logits[offset + id];
      if (logit >= lowest) {
        long key = Integer.toUnsignedLong(descending(logit)) << ID_BITS | id;
        if (key < bound) {
          if (ranking.isFull()) {
            ranking.keep(atMost);
            bound = ranking.keys[atMost - 1];
          }
          ranking.add(key);
        }
      }
    }
    ranking.keep(atMost);
    return ranking.ids();
  }

  /** An integer that is the less, unsigned, the greater the number; the same for both zeros. */
  private static int descending(float value) {
    int bits = Float.floatToIntBits(value + 0f);
    return bits >= 0 ? bits ^ Integer.MAX_VALUE : bits;
  }

  private boolean isFull() {
    return count == keys.length;
  }

  private void add(long key) {
    keys[count++] = key;
  }

  /** Sorts, and keeps the first of them. */
  private void keep(int atMost) {
    if (count < MANY) {
      Arrays.sort(keys, 0, count);
    } else {
      sortByDigits();
    }
    count = Math.min(count, atMost);
  }

  /**
   * Sorts by the logits' digits, the least significant first (Knuth, "The Art of Computer
   * Programming", volume 3, 5.2.5). Equal ones stay in the order of their ids, in which they were
   * added; keys of an earlier sort are in it, too.
   */
  private void sortByDigits() {
    int[][] counts = new int[DIGITS][DIGIT_VALUES];
    for (int i = 0; i < count; i++) {
      for (int digit = 0; digit < DIGITS; digit++) {
        counts[digit][digit(keys[i], digit)]++;
      }
    }
    long[] other = new long[keys.length];
    for (int digit = 0; digit < DIGITS; digit++) {
      int[] places = counts[digit]; // Of each value: how many there are, then where the next goes.
      int place = 0;
      for (int value = 0; value < DIGIT_VALUES; value++) {
        int equal = places[value];
        places[value] = place;
        place += equal;
      }
      for (int i = 0; i < count; i++) {
        other[places[digit(keys[i], digit)]++] = keys[i];
      }
      long[] sorted = other;
      other = keys;
      keys = sorted;
    }
  }

  private static int digit(long key, int digit) {
    return (int) (key >>> ID_BITS + digit * DIGIT_BITS) & DIGIT_VALUES - 1;
  }

  private int[] ids() {
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = (int) keys[i] & Integer.MAX_VALUE;
    }
    return ids;
  }
}
