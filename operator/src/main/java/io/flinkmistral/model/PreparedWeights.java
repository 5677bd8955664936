package io.flinkmistral.model;

import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.WeightMatrix;
import io.flinkmistral.kernel.WorkPool;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.weights.LayerWeights;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.TransformerWeights;
import java.lang.foreign.Arena;
import java.util.ArrayList;
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

  static PreparedWeights of(
      TransformerWeights weights,
      Kernels kernels,
      Arena arena,
      WorkPool pool,
      LoadListener listener) {
    List<Layer> layers = new ArrayList<>();
    for (LayerWeights layer : weights.layers()) {
      layers.add(prepare(layer, kernels, arena, pool));
      listener.prepared(layers.size(), weights.layers().size());
    }
    return new PreparedWeights(
        weights.tokenEmbedding(),
        List.copyOf(layers),
        vector(weights.outputNorm(), kernels),
        kernels.prepare(weights.output(), arena, pool));
  }

  private static Layer prepare(LayerWeights layer, Kernels kernels, Arena arena, WorkPool pool) {
    return new Layer(
        vector(layer.attentionNorm(), kernels),
        kernels.prepare(layer.query(), arena, pool),
        kernels.prepare(layer.key(), arena, pool),
        kernels.prepare(layer.value(), arena, pool),
        kernels.prepare(layer.attentionOutput(), arena, pool),
        vector(layer.feedForwardNorm(), kernels),
        kernels.prepare(layer.gate(), arena, pool),
        kernels.prepare(layer.up(), arena, pool),
        kernels.prepare(layer.down(), arena, pool));
  }

  private static float[] vector(Matrix matrix, Kernels kernels) {
    float[] numbers = new float[matrix.columns()];
    kernels.dequantizeRow(matrix, 0, numbers, 0);
    return numbers;
  }
}
