package io.flinkmistral.kernel.bytecode;

import io.flinkmistral.tensor.DataType;
import java.util.Optional;

/** How attention reads cached keys and values, which says what of it is to be compiled. */
public sealed interface CacheReading {
  /** By machine code: nothing is. */
  record ByMachineCode() implements CacheReading {}

  /**
   * A few tokens' where they lie, those of prompts as panels of floats. Queries are fours then,
   * which take no smaller kernel.
   *
   * @param type of keys and values
   */
  record InPlace(DataType type) implements CacheReading {}

  /** As panels of floats. */
  record ByPanels() implements CacheReading {}

  /** The type that products in place are compiled for. */
  default Optional<DataType> inPlace() {
    return this instanceof InPlace(DataType type) ? Optional.of(type) : Optional.empty();
  }

  /** Whether passes of a size need panels of floats. */
  default boolean takesPanels(PassSize size) {
    return switch (this) {
      case ByMachineCode _ -> false;
      case InPlace _ -> size != PassSize.FIRST;
      case ByPanels _ -> true;
    };
  }
}
