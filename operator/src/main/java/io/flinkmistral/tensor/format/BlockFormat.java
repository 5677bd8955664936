package io.flinkmistral.tensor.format;

/**
 * A format of which no more is known than how its blocks become floats. Products make floats of
 * them again and again, and read the file each time: as right as with any other format, but many
 * times as slowly.
 */
public abstract non-sealed class BlockFormat extends NumberFormat {
  protected BlockFormat(int blockLength, int blockBytes) {
    super(blockLength, blockBytes);
  }
}
