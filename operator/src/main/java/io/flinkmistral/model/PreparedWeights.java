package io.flinkmistral.model;

import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.WeightMatrix;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.weights.LayerWeights;
import io.flinkmistral.weights.TransformerWeights;
import java.util.List;

/**
 * A model's weights in the form that the kernels read.
 *
 * @param tokenEmbedding (vocabularySize, dim), read a row at a time from the file itself
 */
record PreparedWeights(
    Matrix tokenEmbedding, List<Layer> layers, float[] outputNorm, WeightMatrix output) {

  /** One layer; see {@link LayerWeights} for the shapes. */
  record Layer(
      float[] attentionNorm,
      WeightMatrix query,
      WeightMatrix key,
      WeightMatrix value,
      WeightMatrix attentionOutput,
      float[] feedForwardNorm,
      WeightMatrix gate,
      WeightMatrix up,
      WeightMatrix down) {}

  static PreparedWeights of(TransformerWeights weights, Kernels kernels) {
    return new PreparedWeights(
        weights.tokenEmbedding(),
        weights.layers().stream().map(layer -> prepare(layer, kernels)).toList(),
        vector(weights.outputNorm(), kernels),
        kernels.prepare(weights.output()));
  }

  private static Layer prepare(LayerWeights layer, Kernels kernels) {
    return new Layer(
        vector(layer.attentionNorm(), kernels),
        kernels.prepare(layer.query()),
        kernels.prepare(layer.key()),
        kernels.prepare(layer.value()),
        kernels.prepare(layer.attentionOutput()),
        vector(layer.feedForwardNorm(), kernels),
        kernels.prepare(layer.gate()),
        kernels.prepare(layer.up()),
        kernels.prepare(layer.down()));
  }

  private static float[] vector(Matrix matrix, Kernels kernels) {
    float[] numbers = new float[matrix.columns()];
    kernels.dequantizeRow(matrix, 0, numbers, 0);
    return numbers;
  }
}
