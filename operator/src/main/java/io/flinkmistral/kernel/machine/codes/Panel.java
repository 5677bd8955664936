package io.flinkmistral.kernel.machine.codes;

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
public record Panel(PanelFormat format, int lanes) {
  /** The group of columns at hand. */
  public static final Register GROUP = RDI;

  /** Its block, where that has a head. */
  public static final Register BLOCK = R8;

  /** Vectors of rows. */
  public int vectors() {
    return PanelFormat.ROWS / lanes;
  }

  Memory word(int vector, int w) {
    return at(GROUP, format.word(vector * lanes, w));
  }

  public Memory scale(int vector) {
    return at(GROUP, format.scale(vector * lanes, false));
  }

  public Memory factor(int vector) {
    return at(GROUP, format.factor(vector * lanes));
  }

  public Memory min(int vector) {
    return at(GROUP, format.scale(vector * lanes, true));
  }

  public Memory headScale(int vector) {
    return at(BLOCK, format.head(vector * lanes, false));
  }

  public Memory headMin(int vector) {
    return at(BLOCK, format.head(vector * lanes, true));
  }
}
