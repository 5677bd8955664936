package io.flinkmistral.tokenizer.bpe;

import java.util.List;
import java.util.function.IntPredicate;

/**
 * Some pieces of a vocabulary by their text: a hash table with open addressing that is asked with a
 * range of characters, so that looking up makes no garbage.
 */
public final class PieceTable {
  public static final int NONE = -1;

  private final List<String> pieces;

  /** Slot to id + 1; 0 where the slot is free. At most half of the slots are taken. */
  private final int[] slots;

  private final int maxLength;

  /** The pieces whose id is chosen; of equal pieces the one with the lowest id. */
  public PieceTable(List<String> pieces, IntPredicate chosen) {
    this.pieces = pieces;
    slots = new int[Integer.highestOneBit(Math.max(8, pieces.size())) * 4];
    int longest = 0;
    for (int id = 0; id < pieces.size(); id++) {
      String piece = pieces.get(id);
      if (!piece.isEmpty() && chosen.test(id)) {
        put(piece.toCharArray(), id);
        longest = Math.max(longest, piece.length());
      }
    }
    maxLength = longest;
  }

  /** The id of the piece that is {@code text[from, to)}, or {@link #NONE}. */
  public int find(char[] text, int from, int to) {
    return to - from > maxLength ? NONE : slots[slotOf(text, from, to)] - 1;
  }

  private void put(char[] piece, int id) {
    int slot = slotOf(piece, 0, piece.length);
    if (slots[slot] == 0) {
      slots[slot] = id + 1;
    }
  }

  private int slotOf(char[] text, int from, int to) {
    int slot = hash(text, from, to) & slots.length - 1;
    while (slots[slot] != 0 && !matches(pieces.get(slots[slot] - 1), text, from, to)) {
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
  }

  private static int hash(char[] text, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + text[i];
    }
    hash *= 0x9E3779B9; // Fibonacci hashing: spreads into the high bits, which are folded back
    return hash ^ hash >>> 16;
  }

  private static boolean matches(String piece, char[] text, int from, int to) {
    if (piece.length() != to - from) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (piece.charAt(i - from) != text[i]) {
        return false;
      }
    }
    return true;
  }
}
