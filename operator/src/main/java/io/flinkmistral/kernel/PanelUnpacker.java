package io.flinkmistral.kernel;

/** Widens weights for many tokens. */
interface PanelUnpacker {
  /**
   * Writes columns of a panel as the layout FLOAT has them.
   *
   * @param weights address of the first block
   * @param columns a multiple of the layout's block
   * @param tile address of (columns, 64) floats
   */
  void unpack(PanelLayout layout, long weights, int columns, long tile);
}
