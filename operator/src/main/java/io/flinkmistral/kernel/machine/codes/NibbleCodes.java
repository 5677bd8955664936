package io.flinkmistral.kernel.machine.codes;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.VectorRegister;

/** The lower and then the upper nibbles of each word. */
record NibbleCodes(Assembler code, Panel panel, FreeRegisters free, VectorRegister nibbles)
    implements CodesWriter {
  @Override
  public void begin() {
    Constants.ints(code, nibbles, 0x0f0f0f0f);
  }

  @Override
  public int registers(int vectors) {
    return 2 * vectors;
  }

  @Override
  public void write(int first, int vectors, Quads quads) {
    for (int w = 0; w < panel.format().codes().words(); w++) {
      VectorRegister[] low = free.take(vectors);
      VectorRegister[] high = free.take(vectors);
      for (int v = 0; v < vectors; v++) {
        code.vmovups(high[v], panel.word(first + v, w));
        code.vpandd(low[v], nibbles, high[v]);
        code.vpsrld(high[v], high[v], 4);
        code.vpandd(high[v], nibbles, high[v]);
      }
      quads.take(2 * w, low);
      free.give(low);
      quads.take(2 * w + 1, high);
      free.give(high);
    }
  }
}
