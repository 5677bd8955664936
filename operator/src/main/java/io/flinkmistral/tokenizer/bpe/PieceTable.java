package io.flinkmistral.tokenizer.bpe;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Some pieces of a vocabulary by their text: a hash table with open addressing that is asked with a
 * range of characters, so that looking up makes no garbage.
 *
 * <p>Pieces are a file's, so they may have been chosen to have one hash, which would make a
 * vocabulary take hours. The hash therefore begins with a digest of all pieces: whoever chooses
 * pieces by it changes it.
 */
public final class PieceTable {
  public static final int NONE = -1;

  private final List<String> pieces;

  /** Slot to id + 1; 0 where the slot is free. At most half of the slots are taken. */
  private final int[] slots;

  private final int maxLength;
  private final long seed;

  /** The pieces whose id is chosen; of equal pieces the one with the lowest id. */
  public PieceTable(List<String> pieces, IntPredicate chosen) {
    this.pieces = pieces;
    seed = seed(pieces);
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

  private int hash(char[] text, int from, int to) {
    long hash = seed;
    for (int i = from; i < to; i++) {
      hash = (hash ^ text[i]) * 0x9E3779B97F4A7C15L; // 2^64 over the golden ratio
      hash ^= hash >>> 32; // The high bits, to which the product spreads, are folded back.
    }
    return (int) hash;
  }

  private static long seed(List<String> pieces) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String piece : pieces) {
        digest.update(piece.getBytes(StandardCharsets.UTF_16BE));
        digest.update((byte) 0);
      }
      return ByteBuffer.wrap(digest.digest()).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
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
