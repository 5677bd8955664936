package io.flinkmistral.kernel.bytecode;

/** Passes that take kernels of their own. */
public enum PassSize {
  /** The first, and all until others' kernels are compiled: a token or two at once. */
  FIRST,
  /** A prompt's tokens. */
  MANY,
  /** A few tokens. */
  FEW
}
