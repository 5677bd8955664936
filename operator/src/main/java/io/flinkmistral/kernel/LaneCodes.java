package io.flinkmistral.kernel;

import java.util.ArrayList;
import java.util.List;

/**
 * How codes of few bits lie in words, so that products with inputs of 8 bits need no masks.
 *
 * <p>A word is two lanes of 16 bits: one has codes of even columns, the high one those of the odd
 * columns next to them. From the lowest bits up a lane is a sequence of fields: codes, and bits of
 * codes that found no place as a whole. A kernel shifts a lane from field to field, and multiplies
 * it each time. With {@code s} the bits of field {@code n}, a lane shifted to it is {@code field[n]
 * + 2^s * (the lane shifted to field n + 1)}. So with {@code x[n]} the input of a field's column,
 * times what its lowest bit counts in the code, and
 *
 * <pre>
 *   x'[0] = x[0]
 *   x'[n] = x[n] - 2^(bits of field n - 1) * x[n - 1]
 * </pre>
 *
 * the sum over {@code n} of lane times {@code x'[n]} is that of {@code field[n] * x[n]}, modulo
 * 2^16: what higher fields add cancels.
 *
 * <p>Sums start with {@code -center} times the sum of inputs, so that codes count from {@code
 * -center} on: then those of a block fit 16 bits.
 */
enum LaneCodes {
  /** Four words of four nibbles in each lane. */
  NIBBLES(32, 4, sameWords(4, 4, 4)),

  /** Five words: three codes in each lane, and at its top a bit of the last code. */
  FIVES(32, 5, fives()),

  /**
   * Three words: two codes in each lane, and at its top four bits of the last two codes: the low
   * ones of each, and then the two high ones of both.
   */
  SIXES(16, 6, sixes());

  /**
   * Bits of a code.
   *
   * @param pair the code's column halved, rounded down
   * @param place of its lowest bit in the code
   * @param shift bits of the field below it, 0 for a lane's first
   */
  record Field(int pair, int place, int shift) {}

  private final int columns;
  private final int bits;
  private final List<List<Field>> words;

  // Of the fields: pair and factor of x[n], and of what x[n - 1] takes away.
  private final int[] pairs;
  private final int[] factors;
  private final int[] pairsBelow;
  private final int[] factorsBelow;

  LaneCodes(int columns, int bits, List<List<Field>> words) {
    this.columns = columns;
    this.bits = bits;
    this.words = words;
    int count = words.stream().mapToInt(List::size).sum();
    pairs = new int[count];
    factors = new int[count];
    pairsBelow = new int[count];
    factorsBelow = new int[count];
    int n = 0;
    for (List<Field> word : words) {
      for (Field field : word) {
        pairs[n] = field.pair;
        factors[n] = 1 << field.place;
        if (field.shift > 0) {
          pairsBelow[n] = pairs[n - 1];
          factorsBelow[n] = factors[n - 1] << field.shift;
        }
        n++;
      }
    }
  }

  private static List<List<Field>> sameWords(int count, int codes, int bits) {
    List<List<Field>> words = new ArrayList<>();
    for (int word = 0; word < count; word++) {
      List<Field> fields = new ArrayList<>();
      for (int n = 0; n < codes; n++) {
        fields.add(new Field(word * codes + n, 0, n == 0 ? 0 : bits));
      }
      words.add(fields);
    }
    return words;
  }

  private static List<List<Field>> fives() {
    List<List<Field>> words = sameWords(5, 3, 5);
    for (int bit = 0; bit < 5; bit++) {
      words.get(bit).add(new Field(15, bit, 5));
    }
    return words;
  }

  private static List<List<Field>> sixes() {
    List<List<Field>> words = sameWords(3, 2, 6);
    words.get(0).add(new Field(6, 0, 6));
    words.get(1).add(new Field(7, 0, 6));
    words.get(2).add(new Field(6, 4, 6));
    words.get(2).add(new Field(7, 4, 2));
    return words;
  }

  /** Columns of a block, which have one scale. */
  int columns() {
    return columns;
  }

  /** Bits of a code. */
  int bits() {
    return bits;
  }

  /** What is taken from each code. */
  int center() {
    return 1 << (bits - 1);
  }

  /** Fields of a lane of each of a block's words. */
  List<List<Field>> words() {
    return words;
  }

  /** Fields of a lane of all words. */
  int fields() {
    return pairs.length;
  }

  /**
   * Writes a block's {@code x'}, those of even columns in the low halves of ints.
   *
   * @param inputs of its columns, {@link #pair pairs}
   * @param first the first of them
   * @param out receives {@link #fields} ints, at {@code at} and each {@code step} on
   */
  void multipliers(int[] inputs, int first, int[] out, int at, int step) {
    for (int n = 0; n < pairs.length; n++) {
      int own = factors[n] * inputs[first + pairs[n]];
      out[at + n * step] = lanes(own - factorsBelow[n] * inputs[first + pairsBelow[n]]);
    }
  }

  /**
   * Two small numbers as one, which takes part in sums and products as both: {@code even + odd *
   * 2^16}.
   */
  static int pair(int even, int odd) {
    return even + (odd << 16);
  }

  /** The numbers of a pair as a word's lanes; the even one has 16 bits. */
  static int lanes(int pair) {
    // A negative even one has taken 1 from the odd one.
    return pair & 0xffff | pair + 0x8000 & 0xffff0000;
  }
}
