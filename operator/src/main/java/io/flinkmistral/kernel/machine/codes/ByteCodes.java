package io.flinkmistral.kernel.machine.codes;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.VectorRegister;

/** Words as they are: bytes with a sign, or 128 more where products are added to ints. */
record ByteCodes(
    Assembler code, Panel panel, FreeRegisters free, MaskPool masks, boolean keepsSigns)
    implements CodesWriter {
  @Override
  public void begin() {
    masks.begin();
  }

  /** And as many for what they are without their signs. */
  @Override
  public int registers(int vectors) {
    return keepsSigns ? 2 * vectors : vectors;
  }

  @Override
  public void write(int first, int vectors, Quads quads) {
    VectorRegister[] codes = free.take(vectors);
    for (int w = 0; w < panel.format().codes().words(); w++) {
      for (int v = 0; v < vectors; v++) {
        code.vmovups(codes[v], panel.word(first + v, w));
        if (!keepsSigns) {
          code.vpxord(codes[v], codes[v], masks.mask(0x80808080));
        }
      }
      quads.take(w, codes);
    }
    free.give(codes);
  }
}
