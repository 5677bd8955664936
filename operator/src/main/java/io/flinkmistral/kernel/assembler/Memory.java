package io.flinkmistral.kernel.assembler;

/**
 * What is at {@code base + displacement}.
 *
 * @param toAllLanes whether the int or float there is meant for all lanes of a vector of 512 bits
 */
public record Memory(Register base, int displacement, boolean toAllLanes) implements VectorOperand {
  public static Memory at(Register base, int displacement) {
    return new Memory(base, displacement, false);
  }

  /** The int or float there, for all lanes. */
  public static Memory allLanes(Register base, int displacement) {
    return new Memory(base, displacement, true);
  }
}
