package io.flinkmistral.kernel;

/** What the inputs of a product are rounded to. */
public enum Precision {
  /** Nothing: floats times the weights as floats. */
  EXACT("f32-2"),

  /**
   * To 8 bits, in blocks of 32, where weights are of a {@link
   * io.flinkmistral.tensor.format.CodeFormat} or a {@link
   * io.flinkmistral.tensor.format.ByteFormat}; as {@link #EXACT} for all others. Integers are
   * several times as fast.
   */
  QUANTIZED("int8-5");

  private final String arithmetic;

  Precision(String arithmetic) {
    this.arithmetic = arithmetic;
  }

  /** See {@link Kernels#arithmetic}. */
  String arithmetic() {
    return arithmetic;
  }
}
