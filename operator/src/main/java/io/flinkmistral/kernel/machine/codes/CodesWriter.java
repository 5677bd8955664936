package io.flinkmistral.kernel.machine.codes;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.VectorRegister;

/**
 * Writes what takes codes out of words: four at once, as bytes without a sign, unless these are to
 * be kept.
 */
public sealed interface CodesWriter permits ByteCodes, FiveCodes, NibbleCodes, SixCodes, TwoCodes {
  /**
   * @param keepsSigns of bytes
   */
  static CodesWriter of(
      Assembler code, Panel panel, FreeRegisters free, MaskPool masks, boolean keepsSigns) {
    return switch (panel.format().codes()) {
      case BYTES -> new ByteCodes(code, panel, free, masks, keepsSigns);
      case TWOS -> new TwoCodes(code, panel, free, masks);
      case FIVES -> new FiveCodes(code, panel, free, masks);
      case FEW_NIBBLES, NIBBLES -> new NibbleCodes(code, panel, free, free.take());
      case SIXES -> new SixCodes(code, panel, free, masks);
    };
  }

  /** Takes the columns' codes, once they are at hand. */
  interface Quads {
    /**
     * @param codes of each vector of rows
     */
    void take(int quad, VectorRegister[] codes);
  }

  /** Writes what is done once. */
  void begin();

  /**
   * Registers that it holds for the time of a group.
   *
   * @param vectors of rows
   */
  int registers(int vectors);

  /**
   * Takes all codes of a group of columns.
   *
   * @param first vector of rows
   * @param vectors how many
   */
  void write(int first, int vectors, Quads quads);
}
