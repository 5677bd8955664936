package io.flinkmistral.weights;

/**
 * Hears how the loading of a model goes. Called on the thread that loads, and then on the one that
 * runs passes.
 */
public interface LoadListener {
  /** Hears nothing. */
  LoadListener NONE = new LoadListener() {};

  /**
   * A tensor was checked.
   *
   * @param tensors tensors checked so far
   * @param ofTensors tensors of the model
   * @param bytes bytes of the tensors so far
   * @param ofBytes bytes of all tensors
   */
  default void progress(int tensors, int ofTensors, long bytes, long ofBytes) {}

  /**
   * The weights of a layer were packed for the kernels. With a large model most are when passes can
   * run already.
   *
   * @param layers layers that are packed
   * @param ofLayers layers of the model
   */
  default void prepared(int layers, int ofLayers) {}

  /** Something that the user should know and can change; one line. */
  default void warning(String message) {}
}
