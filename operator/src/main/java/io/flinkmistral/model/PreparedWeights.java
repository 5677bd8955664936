package io.flinkmistral.model;

import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.WeightMatrix;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.weights.LayerWeights;
import io.flinkmistral.weights.TransformerWeights;
import java.lang.foreign.Arena;
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
      WeightMatrix down) {

    /** As a pass takes them. */
    List<WeightMatrix> matrices() {
      return List.of(query, key, value, attentionOutput, gate, up, down);
    }
  }

  /** None of them packed yet; see {@link WeightPacking}. */
  static PreparedWeights of(TransformerWeights weights, Kernels kernels, Arena arena) {
    return new PreparedWeights(
        weights.tokenEmbedding(),
        weights.layers().stream().map(layer -> prepare(layer, kernels, arena)).toList(),
        vector(weights.outputNorm(), kernels),
        kernels.prepare(weights.output(), arena));
  }

  private static Layer prepare(LayerWeights layer, Kernels kernels, Arena arena) {
    return new Layer(
        vector(layer.attentionNorm(), kernels),
        kernels.prepare(layer.query(), arena),
        kernels.prepare(layer.key(), arena),
        kernels.prepare(layer.value(), arena),
        kernels.prepare(layer.attentionOutput(), arena),
        vector(layer.feedForwardNorm(), kernels),
        kernels.prepare(layer.gate(), arena),
        kernels.prepare(layer.up(), arena),
        kernels.prepare(layer.down(), arena));
  }

  private static float[] vector(Matrix matrix, Kernels kernels) {
    float[] numbers = new float[matrix.columns()];
    kernels.dequantizeRow(matrix, 0, numbers, 0);
    return numbers;
  }
}
