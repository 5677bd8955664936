package io.flinkmistral.tools;

import io.flinkmistral.weights.LoadListener;

/** Passes warnings on, and no progress: what is mapped is opened at once. */
record WarningsOnly(LoadListener target) implements LoadListener {
  @Override
  public void warning(String message) {
    target.warning(message);
  }
}
