package io.flinkmistral.kernel.machine.codes;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.VectorRegister;

/** Two codes of both halves of each word, and then what is left at their tops: two more. */
record SixCodes(Assembler code, Panel panel, FreeRegisters free, MaskPool masks)
    implements CodesWriter {
  private static final int EVEN = 0x003f003f;
  private static final int ODD = EVEN << Byte.SIZE;

  @Override
  public void begin() {
    masks.begin();
  }

  @Override
  public int registers(int vectors) {
    return 4 * vectors + 1;
  }

  @Override
  public void write(int first, int vectors, Quads quads) {
    VectorRegister[][] words = new VectorRegister[3][];
    VectorRegister[] codes = free.take(vectors);
    VectorRegister part = free.take();
    for (int w = 0; w < words.length; w++) {
      words[w] = free.take(vectors);
      for (int v = 0; v < vectors; v++) {
        VectorRegister word = words[w][v];
        code.vmovups(word, panel.word(first + v, w));
        code.vpandd(codes[v], word, masks.mask(EVEN));
        code.vpslld(part, word, 2);
        code.vpandd(part, part, masks.mask(ODD));
        code.vpord(codes[v], codes[v], part);
      }
      quads.take(w, codes);
    }
    for (int v = 0; v < vectors; v++) {
      // Four lower bits of columns 6 and 7, and then two upper ones of each.
      code.vpsrld(codes[v], words[0][v], 12);
      code.vpandd(codes[v], codes[v], masks.mask(0x000f000f));
      code.vpsrld(part, words[1][v], 4);
      code.vpandd(part, part, masks.mask(0x0f000f00));
      code.vpord(codes[v], codes[v], part);
      code.vpsrld(part, words[2][v], 8);
      code.vpandd(part, part, masks.mask(0x00300030));
      code.vpord(codes[v], codes[v], part);
      code.vpsrld(part, words[2][v], 2);
      code.vpandd(part, part, masks.mask(0x30003000));
      code.vpord(codes[v], codes[v], part);
    }
    for (VectorRegister[] ofWord : words) {
      free.give(ofWord);
    }
    quads.take(words.length, codes);
    free.give(part);
    free.give(codes);
  }
}
