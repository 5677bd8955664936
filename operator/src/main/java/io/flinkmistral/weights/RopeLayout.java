package io.flinkmistral.weights;

/** Which two numbers of a head one rotation turns. */
public enum RopeLayout {
  /** {@code (2i, 2i + 1)}: GGUF files of architecture llama, and Mistral's own files. */
  INTERLEAVED,
  /** {@code (i, i + headDim / 2)}: Hugging Face files. */
  HALVES
}
