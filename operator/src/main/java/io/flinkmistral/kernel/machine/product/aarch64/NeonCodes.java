package io.flinkmistral.kernel.machine.product.aarch64;

import io.flinkmistral.kernel.assembler.aarch64.Aarch64Assembler;
import io.flinkmistral.kernel.assembler.aarch64.VRegister;

/**
 * Writes what takes codes out of words: four at once, as bytes, in the order of {@code
 * PanelFormat.Codes.column}.
 */
final class NeonCodes {
  private static final int FIVES = 5;

  private final Aarch64Assembler code;
  private final NeonPanel panel;
  private final NeonRegisters free;

  /** Bytes that have all bits of a code. */
  private final VRegister codeMask;

  /** Shorts that have those of the lower byte, for what is taken apart in shorts. */
  private final VRegister lowMask;

  NeonCodes(Aarch64Assembler code, NeonPanel panel, NeonRegisters free) {
    this.code = code;
    this.panel = panel;
    this.free = free;
    codeMask = free.take();
    lowMask = free.take();
  }

  /** Takes the columns' codes, once they are at hand. */
  interface Quads {
    /**
     * @param quad number of the first four columns, which have a register of inputs with the others
     * @param codes (four columns, vector of rows)
     */
    void take(int quad, VRegister[]... codes);
  }

  /** Writes what is done once. */
  void begin() {
    int bits = panel.format().codes().centerBits() + 1;
    code.movi(codeMask.b16(), (1 << bits) - 1);
    code.movi(lowMask.h8(), 0xff);
  }

  /**
   * Takes all codes of a group of columns.
   *
   * @param first vector of rows
   * @param vectors how many
   */
  void write(int first, int vectors, Quads quads) {
    switch (panel.format().codes()) {
      case BYTES -> bytes(first, vectors, quads);
      case TWOS -> twos(first, vectors, quads);
      case FEW_NIBBLES -> nibbles(2, first, vectors, quads);
      case NIBBLES -> nibbles(4, first, vectors, quads);
      case FIVES -> fives(first, vectors, quads);
      case SIXES -> sixes(first, vectors, quads);
    }
  }

  /** Words as they are. */
  private void bytes(int first, int vectors, Quads quads) {
    VRegister[] even = free.take(vectors);
    VRegister[] odd = free.take(vectors);
    for (int w = 0; w < 8; w += 2) {
      for (int v = 0; v < vectors; v++) {
        panel.word(even[v], first + v, w);
        panel.word(odd[v], first + v, w + 1);
      }
      quads.take(w, even, odd);
    }
    free.give(even);
    free.give(odd);
  }

  /** The lowest two bits of each byte, and then the next ones. */
  private void twos(int first, int vectors, Quads quads) {
    VRegister[] words = free.take(vectors);
    VRegister[] codes = free.take(vectors);
    for (int v = 0; v < vectors; v++) {
      panel.word(words[v], first + v, 0);
    }
    for (int quad = 0; quad < 4; quad++) {
      for (int v = 0; v < vectors; v++) {
        and(codes[v], words[v], codeMask);
        code.ushr(words[v].b16(), words[v].b16(), 2);
      }
      quads.take(quad, new VRegister[][] {codes});
    }
    free.give(words);
    free.give(codes);
  }

  /** The lower and then the upper nibbles of each word. */
  private void nibbles(int words, int first, int vectors, Quads quads) {
    VRegister[] low = free.take(vectors);
    VRegister[] high = free.take(vectors);
    for (int w = 0; w < words; w++) {
      for (int v = 0; v < vectors; v++) {
        panel.word(high[v], first + v, w);
        and(low[v], high[v], codeMask);
        code.ushr(high[v].b16(), high[v].b16(), 4);
      }
      quads.take(2 * w, low, high);
    }
    free.give(low);
    free.give(high);
  }

  /**
   * Two codes of both halves of each word, then the third ones of two words, and last that of the
   * fifth word and the code whose bits are at the tops of all. Words are read again each time: they
   * are in the first cache.
   */
  private void fives(int first, int vectors, Quads quads) {
    VRegister[] codes = free.take(vectors);
    VRegister part = free.take();
    for (int w = 0; w < FIVES; w++) {
      for (int v = 0; v < vectors; v++) {
        panel.word(part, first + v, w);
        code.shl(codes[v].h8(), part.h8(), 3);
        join(codes[v], part);
      }
      quads.take(w, new VRegister[][] {codes});
    }
    for (int w = 0; w < FIVES; w += 2) {
      for (int v = 0; v < vectors; v++) {
        if (w < FIVES - 1) {
          panel.word(codes[v], first + v, w + 1);
          code.ushr(codes[v].h8(), codes[v].h8(), 2);
        } else {
          tops(codes[v], part, first + v);
        }
        panel.word(part, first + v, w);
        code.ushr(part.h8(), part.h8(), 10);
        join(codes[v], part);
      }
      quads.take(FIVES + w / 2, new VRegister[][] {codes});
    }
    free.give(part);
    free.give(codes);
  }

  /** The topmost bit of each word, that of the first as bit 8, and so on. */
  private void tops(VRegister to, VRegister part, int vector) {
    panel.word(to, vector, FIVES - 1);
    code.ushr(to.h8(), to.h8(), 3);
    for (int w = FIVES - 2; w >= 0; w--) {
      panel.word(part, vector, w);
      code.sri(to.h8(), part.h8(), 7 - w);
    }
  }

  /** Two codes of both halves of each word, and then what is left at their tops: two more. */
  private void sixes(int first, int vectors, Quads quads) {
    VRegister[] codes = free.take(vectors);
    VRegister part = free.take();
    VRegister low = free.take();
    for (int w = 0; w < 3; w++) {
      for (int v = 0; v < vectors; v++) {
        panel.word(part, first + v, w);
        code.shl(codes[v].h8(), part.h8(), 2);
        join(codes[v], part);
      }
      quads.take(w, new VRegister[][] {codes});
    }
    for (int v = 0; v < vectors; v++) {
      // Four lower bits of columns 6 and 7, below two upper ones of each.
      panel.word(part, first + v, 2);
      code.ushr(codes[v].h8(), part.h8(), 2);
      code.ushr(low.h8(), part.h8(), 8);
      panel.word(part, first + v, 1);
      code.sri(codes[v].h8(), part.h8(), 4);
      panel.word(part, first + v, 0);
      code.sri(low.h8(), part.h8(), 12);
      join(codes[v], low);
    }
    quads.take(3, new VRegister[][] {codes});
    free.give(low);
    free.give(part);
    free.give(codes);
  }

  /** Codes of upper bytes, and of others' lower ones, without what is above them. */
  private void join(VRegister upper, VRegister lower) {
    code.bit(upper.b16(), lower.b16(), lowMask.b16());
    and(upper, upper, codeMask);
  }

  private void and(VRegister to, VRegister a, VRegister b) {
    code.and(to.b16(), a.b16(), b.b16());
  }
}
