package io.flinkmistral.weights;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

  /** Number formats of the {@link #projections}. */
  public Set<DataType> types() {
    return projections().map(Matrix::type).collect(Collectors.toUnmodifiableSet());
  }

  /** Bytes of the {@link #projections}. */
  public long bytes() {
    return projections().mapToLong(matrix -> matrix.data().byteSize()).sum();
  }

  /** The matrices that tokens are multiplied with. */
  public Stream<Matrix> projections() {
    return Stream.concat(layers.stream().flatMap(LayerWeights::projections), Stream.of(output));
  }
}
