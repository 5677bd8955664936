package io.flinkmistral.tokenizer.bpe;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The byte-pair merging of one text: its symbols, at first single characters and verbatim pieces,
 * are joined pair by pair, the pair whose piece has the highest score first and the leftmost of
 * equals.
 *
 * <p>A symbol is known by the index of its first character, so the arrays are a linked list of
 * symbols:
 *
 * <pre>
 *   text      ▁  t  h  e  ▁  c        symbols: "▁the" at 0, "▁" at 4, "c" at 5
 *   end       4  .  .  .  5  6        where the symbol ends, which is where the next one starts
 *   previous -1  .  .  .  0  4        where the symbol before starts
 *   joined   -1  .  .  . 28 -1        id of the piece made of this symbol and the next, or none
 * </pre>
 *
 * <p>The agenda holds a pair as rank · 2^32 + start. A pair that has changed since is recognised by
 * {@code joined}, and skipped. Each merge adds at most two pairs, so that n characters take O(n log
 * n).
 */
public final class BpeMerge {
  /** Takes the resulting pieces in order. */
  public interface Sink {
    void known(int id);

    /** Takes a code point that is in no piece. */
    void unknown(int codePoint);
  }

  private static final int NONE = PieceTable.NONE;

  private final MergeRules rules;
  private final char[] text;
  private final int[] end;
  private final int[] previous;
  private final int[] joined;
  private final BitSet verbatim = new BitSet();
  private final LongHeap agenda;

  /** UNUSED piece to the length of the left one of the two symbols that it was last made of. */
  private final Map<Integer, Integer> splits = new HashMap<>();

  private long pairs;

  public BpeMerge(MergeRules rules, char[] text) {
    this.rules = rules;
    this.text = text;
    end = new int[text.length];
    previous = new int[text.length];
    joined = new int[text.length];
    agenda = new LongHeap(text.length);
    Arrays.fill(joined, NONE);
    splitIntoSymbols();
    mergeAll();
  }

  public void forEachPiece(Sink sink) {
    for (int start = 0; start < text.length; start = end[start]) {
      emit(start, end[start], sink);
    }
  }

  /** Pairs of symbols that were looked at: at most three a character, whatever the text. */
  public long pairs() {
    return pairs;
  }

  private void splitIntoSymbols() {
    int before = NONE;
    for (int start = 0; start < text.length; start = end[start]) {
      int length = rules.verbatimLength(text, start);
      verbatim.set(start, length > 0);
      end[start] = start + (length > 0 ? length : charCount(start));
      previous[start] = before;
      before = start;
    }
  }

  private void mergeAll() {
    for (int start = 0; start < text.length; start = end[start]) {
      findPair(start);
    }
    while (!agenda.isEmpty()) {
      long pair = agenda.pop();
      int left = (int) pair;
      if (joined[left] != NONE && rules.rank(joined[left]) == (int) (pair >>> 32)) {
        merge(left);
      }
    }
  }

  private void merge(int left) {
    int right = end[left];
    end[left] = end[right];
    joined[right] = NONE;
    if (end[left] < text.length) {
      previous[end[left]] = left;
    }
    if (previous[left] != NONE) {
      findPair(previous[left]);
    }
    findPair(left);
  }

  /** Sees whether the symbol and the next one make a piece. */
  private void findPair(int left) {
    pairs++;
    joined[left] = NONE;
    int right = end[left];
    if (right == text.length || verbatim.get(left) || verbatim.get(right)) {
      return;
    }
    int id = rules.find(text, left, end[right]);
    if (id == NONE) {
      return;
    }
    joined[left] = id;
    agenda.push((long) rules.rank(id) << 32 | left);
    if (rules.isUnused(id)) {
      splits.put(id, right - left);
    }
  }

  /** Passes a symbol on; an UNUSED piece falls back into what it was merged from. */
  private void emit(int from, int to, Sink sink) {
    if (verbatim.get(from)) {
      sink.known(rules.verbatimId(text, from, to));
      return;
    }
    int id = rules.find(text, from, to);
    if (id == NONE) {
      sink.unknown(Character.codePointAt(text, from));
    } else if (rules.isUnused(id) && splits.containsKey(id)) {
      int middle = from + splits.get(id);
      emit(from, middle, sink);
      emit(middle, to, sink);
    } else {
      sink.known(id);
    }
  }

  private int charCount(int start) {
    return Character.charCount(Character.codePointAt(text, start));
  }
}
