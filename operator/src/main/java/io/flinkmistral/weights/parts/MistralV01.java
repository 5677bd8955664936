package io.flinkmistral.weights.parts;

import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.TransformerConfig;
import java.util.OptionalInt;

/**
 * Mistral 7B v0.1 in GGUF. Its converter writes no window, and nothing else has this shape (v0.2
 * has another theta, v0.3 another vocabulary), so the window that it was trained with is set.
 */
public final class MistralV01 {
  private static final int WINDOW = 4096;

  private MistralV01() {}

  /** A file's configuration without a window; with one if the shape is that of v0.1. */
  public static TransformerConfig withItsWindow(TransformerConfig config, LoadListener listener) {
    boolean shapeOfV01 =
        config.vocabularySize() == 32_000
            && config.ropeTheta() == 10_000
            && config.dim() == 4096
            && config.layers() == 32
            && config.kvHeads() == 8;
    if (!shapeOfV01) {
      return config;
    }
    listener.warning(
        "the file has no window, but the shape of Mistral 7B v0.1: a window of "
            + WINDOW
            + " is used; the window option sets another, or none");
    return config.withWindow(OptionalInt.of(WINDOW));
  }
}
