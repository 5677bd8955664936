package io.flinkmistral.kernel.machine.product;

import static io.flinkmistral.kernel.assembler.Memory.at;
import static io.flinkmistral.kernel.assembler.Register.R8;
import static io.flinkmistral.kernel.assembler.Register.RDI;

import io.flinkmistral.kernel.assembler.Memory;
import io.flinkmistral.kernel.assembler.Register;

/**
 * Where a kernel finds a panel's weights.
 *
 * @param lanes rows of a vector
 */
record Panel(PanelFormat format, int lanes) {
  /** The group of columns at hand. */
  static final Register GROUP = RDI;

  /** Its block, where that has a head. */
  static final Register BLOCK = R8;

  /** Vectors of rows. */
  int vectors() {
    return PanelFormat.ROWS / lanes;
  }

  Memory word(int vector, int w) {
    return at(GROUP, format.word(vector * lanes, w));
  }

  Memory scale(int vector) {
    return at(GROUP, format.scale(vector * lanes, false));
  }

  Memory factor(int vector) {
    return at(GROUP, format.factor(vector * lanes));
  }

  Memory min(int vector) {
    return at(GROUP, format.scale(vector * lanes, true));
  }

  Memory headScale(int vector) {
    return at(BLOCK, format.head(vector * lanes, false));
  }

  Memory headMin(int vector) {
    return at(BLOCK, format.head(vector * lanes, true));
  }
}
