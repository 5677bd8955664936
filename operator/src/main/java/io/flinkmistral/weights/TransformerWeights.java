package io.flinkmistral.weights;

import io.flinkmistral.tensor.Matrix;
import java.util.List;

/**
 * All weights of a model, as views of its mapped files.
 *
 * @param tokenEmbedding (vocabularySize, dim)
 * @param layers in the order of computation
 * @param outputNorm (1, dim)
 * @param output (vocabularySize, dim); the embedding itself where the two are tied
 */
public record TransformerWeights(
    Matrix tokenEmbedding, List<LayerWeights> layers, Matrix outputNorm, Matrix output) {
  public TransformerWeights {
    layers = List.copyOf(layers);
  }
}
