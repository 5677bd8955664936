package io.flinkmistral.kernel.layout;

import java.util.ArrayList;
import java.util.List;

/**
 * How codes of few bits lie in words, so that products with inputs of 8 bits need no masks.
 *
 * <p>A word is two lanes of 16 bits: the low one has codes of the first half of a block's columns,
 * the high one those of the second half. From the lowest bits up a lane is a sequence of fields:
 * codes, and bits of codes that found no place as a whole. A kernel shifts a lane from field to
 * field, and multiplies it each time. With {@code s} the bits of field {@code n}, a lane shifted to
 * it is {@code field[n] + 2^s * (the lane shifted to field n + 1)}. So with {@code x[n]} the input
 * of a field's column, times what its lowest bit counts in the code, and
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
 * -center} on: then those of a block's lanes fit 16 bits.
 */
public enum LaneCodes {
  /** A word of eight codes in each lane. */
  TWOS(16, 2, sameWords(1, 8, 2)),

  /** Two words of four nibbles in each lane, for half as many columns as {@link #NIBBLES}. */
  FEW_NIBBLES(16, 4, sameWords(2, 4, 4)),

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
   * @param column the code's, counted from the first of its half
   * @param place of the lowest of them in the code
   * @param bits how many
   */
  public record Field(int column, int place, int bits) {}

  /** See {@link QuantizedInput}. */
  private static final int GREATEST_INPUT = 127;

  private final int columns;
  private final int bits;
  private final List<List<Field>> words;

  // Of the fields: column and factor of x[n], and the factor of x[n - 1], which is taken away.
  private final int[] fieldColumns;
  private final int[] factors;
  private final int[] factorsBefore;

  LaneCodes(int columns, int bits, List<List<Field>> words) {
    this.columns = columns;
    this.bits = bits;
    this.words = words;
    int count = words.stream().mapToInt(List::size).sum();
    fieldColumns = new int[count];
    factors = new int[count];
    factorsBefore = new int[count];
    int n = 0;
    for (List<Field> word : words) {
      for (int i = 0; i < word.size(); i++) {
        fieldColumns[n] = word.get(i).column;
        factors[n] = 1 << word.get(i).place;
        if (i > 0) {
          factorsBefore[n] = factors[n - 1] << word.get(i - 1).bits;
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
        fields.add(new Field(word * codes + n, 0, bits));
      }
      words.add(fields);
    }
    return words;
  }

  private static List<List<Field>> fives() {
    List<List<Field>> words = sameWords(5, 3, 5);
    for (int bit = 0; bit < 5; bit++) {
      words.get(bit).add(new Field(15, bit, 1));
    }
    return words;
  }

  private static List<List<Field>> sixes() {
    List<List<Field>> words = sameWords(3, 2, 6);
    words.get(0).add(new Field(6, 0, 4));
    words.get(1).add(new Field(7, 0, 4));
    words.get(2).add(new Field(6, 4, 2));
    words.get(2).add(new Field(7, 4, 2));
    return words;
  }

  /** Columns of a block, which have one scale. */
  public int columns() {
    return columns;
  }

  /** Bits of a code. */
  public int bits() {
    return bits;
  }

  /** What is taken from each code. */
  public int center() {
    return 1 << (bits - 1);
  }

  /** Whether sums over a block's columns fit 16 bits; those of half of them always do. */
  public boolean sumsAreShort() {
    return columns * center() * GREATEST_INPUT <= Short.MAX_VALUE;
  }

  /**
   * Fields of a lane of each of a block's words. All begin as the first, whose fields before its
   * last are whole codes; only the last word may have more.
   */
  public List<List<Field>> words() {
    return words;
  }

  /** Fields of a lane of all words. */
  public int fields() {
    return fieldColumns.length;
  }

  /**
   * What the sums of both lanes start with.
   *
   * @param total of the block's inputs, a {@link #pair}
   */
  public int start(int total) {
    return lanes(-center() * total);
  }

  /** Whether fields are codes, in the order of columns, and eight of them whole words. */
  public boolean isPlain() {
    return fields() == columns / 2;
  }

  /** Of each field, how many times the input of the one before is taken away; only to be read. */
  public int[] factorsBefore() {
    return factorsBefore;
  }

  /**
   * Writes a block's {@code x'}, one for each lane of an int.
   *
   * @param inputs of both halves of its columns, {@link #pair pairs}, from {@code first} on
   * @param out receives {@link #fields} ints, at {@code at} and each {@code step} on
   */
  public void multipliers(int[] inputs, int first, int[] out, int at, int step) {
    int before = 0;
    for (int n = 0; n < factors.length; n++) {
      int input = inputs[first + fieldColumns[n]];
      out[at + n * step] = lanes(factors[n] * input - factorsBefore[n] * before);
      before = input;
    }
  }

  /**
   * Two small numbers as one, which takes part in sums and products as both: {@code low + high *
   * 2^16}.
   */
  static int pair(int low, int high) {
    return low + (high << 16);
  }

  /** Of a pair's numbers. */
  static int sum(int pair) {
    int low = (short) pair;
    return low + (pair - low >> 16);
  }

  /** The numbers of a pair, of 16 bits each, as a word's lanes. */
  static int lanes(int pair) {
    // A negative low one has taken 1 from the high one.
    return pair & 0xffff | pair + 0x8000 & 0xffff0000;
  }
}
