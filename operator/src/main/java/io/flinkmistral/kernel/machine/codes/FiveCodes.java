package io.flinkmistral.kernel.machine.codes;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.VectorRegister;

/**
 * Two codes of both halves of each word, then the third ones of two words, and last that of the
 * fifth word and the code whose bits are at the tops of all. Words are read again each time: they
 * are in the first cache, and there are not registers for all.
 */
record FiveCodes(Assembler code, Panel panel, FreeRegisters free, MaskPool masks)
    implements CodesWriter {
  private static final int WORDS = 5;
  private static final int EVEN = 0x001f001f;
  private static final int ODD = EVEN << Byte.SIZE;

  @Override
  public void begin() {
    masks.begin();
  }

  @Override
  public int registers(int vectors) {
    return vectors + 1;
  }

  @Override
  public void write(int first, int vectors, Quads quads) {
    VectorRegister[] codes = free.take(vectors);
    VectorRegister part = free.take();
    for (int w = 0; w < WORDS; w++) {
      for (int v = 0; v < vectors; v++) {
        code.vmovups(part, panel.word(first + v, w));
        code.vpandd(codes[v], part, masks.mask(EVEN));
        code.vpslld(part, part, 3);
        code.vpandd(part, part, masks.mask(ODD));
        code.vpord(codes[v], codes[v], part);
      }
      quads.take(w, codes);
    }
    for (int w = 0; w < WORDS; w += 2) {
      for (int v = 0; v < vectors; v++) {
        code.vmovups(codes[v], panel.word(first + v, w));
        code.vpsrld(codes[v], codes[v], 10);
        code.vpandd(codes[v], codes[v], masks.mask(EVEN));
        if (w < WORDS - 1) {
          add(codes[v], part, first + v, w + 1, 2, ODD);
        } else {
          for (int bit = 0; bit < WORDS; bit++) {
            add(codes[v], part, first + v, bit, 7 - bit, 0x01000100 << bit);
          }
        }
      }
      quads.take(WORDS + w / 2, codes);
    }
    free.give(part);
    free.give(codes);
  }

  /** Some bits of a word. */
  private void add(
      VectorRegister codes, VectorRegister part, int vector, int word, int shift, int mask) {
    code.vmovups(part, panel.word(vector, word));
    code.vpsrld(part, part, shift);
    code.vpandd(part, part, masks.mask(mask));
    code.vpord(codes, codes, part);
  }
}
