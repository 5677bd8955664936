package io.flinkmistral.kernel.machine.codes;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.VectorRegister;

/** The lowest two bits of each byte, and then the next ones. */
record TwoCodes(Assembler code, Panel panel, FreeRegisters free, MaskPool masks)
    implements CodesWriter {
  private static final int QUADS = 4;
  private static final int LOWEST = 0x03030303;

  @Override
  public void begin() {
    masks.begin();
  }

  @Override
  public int registers(int vectors) {
    return 2 * vectors;
  }

  @Override
  public void write(int first, int vectors, Quads quads) {
    VectorRegister[] words = free.take(vectors);
    VectorRegister[] codes = free.take(vectors);
    for (int v = 0; v < vectors; v++) {
      code.vmovups(words[v], panel.word(first + v, 0));
    }
    for (int quad = 0; quad < QUADS; quad++) {
      for (int v = 0; v < vectors; v++) {
        code.vpandd(codes[v], words[v], masks.mask(LOWEST));
        code.vpsrld(words[v], words[v], 2);
      }
      quads.take(quad, codes);
    }
    free.give(words);
    free.give(codes);
  }
}
