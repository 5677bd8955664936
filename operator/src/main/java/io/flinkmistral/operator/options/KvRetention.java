package io.flinkmistral.operator.options;

import java.io.Serializable;

/**
 * For how long keys and values of conversations without requests stay in state.
 *
 * @param millis after the last use; 0 for none in state at all
 * @param stateBytes that those of a slot may take together
 */
public record KvRetention(long millis, long stateBytes) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Whether state holds any. */
  public boolean keepsAny() {
    return millis > 0;
  }
}
