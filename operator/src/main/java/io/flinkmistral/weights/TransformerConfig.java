package io.flinkmistral.weights;

import java.util.OptionalInt;

/**
 * The shape of a model, as its file says it.
 *
 * @param dim width of the residual stream
 * @param layers number of layers
 * @param heads query heads
 * @param kvHeads key and value heads, a divisor of {@code heads}
 * @param headDim numbers in a head; not always {@code dim / heads}
 * @param hiddenDim width of the feed-forward block
 * @param vocabularySize rows of the embedding
 * @param normEpsilon what RMSNorm adds to the mean square
 * @param ropeTheta base of the rotary frequencies
 * @param ropeLayout which numbers are rotated together
 * @param window keys that a query sees, itself included; empty for all earlier ones
 * @param contextLength positions that the model was made for
 */
public record TransformerConfig(
    int dim,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int hiddenDim,
    int vocabularySize,
    float normEpsilon,
    double ropeTheta,
    RopeLayout ropeLayout,
    OptionalInt window,
    int contextLength) {

  /** The same shape with another window. */
  public TransformerConfig withWindow(OptionalInt newWindow) {
    return new TransformerConfig(
        dim,
        layers,
        heads,
        kvHeads,
        headDim,
        hiddenDim,
        vocabularySize,
        normEpsilon,
        ropeTheta,
        ropeLayout,
        newWindow,
        contextLength);
  }
}
