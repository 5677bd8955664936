package io.flinkmistral.model;

import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.layout.WeightMatrix;
import io.flinkmistral.kernel.memory.WeightMemory;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.weights.LayerWeights;
import io.flinkmistral.weights.TransformerWeights;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
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
    SegmentAllocator memory = new WeightMemory(arena);
    return new PreparedWeights(
        weights.tokenEmbedding(),
        weights.layers().stream().map(layer -> prepare(layer, kernels, memory)).toList(),
        vector(weights.outputNorm(), kernels),
        kernels.prepare(weights.output(), memory));
  }

  private static Layer prepare(LayerWeights layer, Kernels kernels, SegmentAllocator memory) {
    return new Layer(
        vector(layer.attentionNorm(), kernels),
        kernels.prepare(layer.query(), memory),
        kernels.prepare(layer.key(), memory),
        kernels.prepare(layer.value(), memory),
        kernels.prepare(layer.attentionOutput(), memory),
        vector(layer.feedForwardNorm(), kernels),
        kernels.prepare(layer.gate(), memory),
        kernels.prepare(layer.up(), memory),
        kernels.prepare(layer.down(), memory));
  }

  private static float[] vector(Matrix matrix, Kernels kernels) {
    float[] numbers = new float[matrix.columns()];
    kernels.dequantizeRow(matrix, 0, numbers, 0);
    return numbers;
  }
}
