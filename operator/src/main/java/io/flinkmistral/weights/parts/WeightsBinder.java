package io.flinkmistral.weights.parts;

import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.weights.LayerWeights;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.TransformerWeights;
import io.flinkmistral.weights.tensors.TensorEntry;
import io.flinkmistral.weights.tensors.TensorRole;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Gives each tensor its place. Every shape must be the one that the configuration makes, no tensor
 * may be missing, and none may be left over: computing without it would give wrong answers.
 */
public final class WeightsBinder {
  private final ModelParts parts;
  private final TransformerConfig config;
  private final Set<String> bound = new HashSet<>();

  private WeightsBinder(ModelParts parts) {
    this.parts = parts;
    this.config = parts.config();
  }

  public static TransformerWeights bind(ModelParts parts) throws MalformedModelException {
    return new WeightsBinder(parts).weights();
  }

  private TransformerWeights weights() throws MalformedModelException {
    int dim = config.dim();
    int vocabulary = config.vocabularySize();
    Matrix embedding = matrix(name(TensorRole.TOKEN_EMBEDDING), vocabulary, dim);
    List<LayerWeights> layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      layers.add(layer(i));
    }
    Matrix outputNorm = matrix(name(TensorRole.OUTPUT_NORM), 1, dim);
    boolean tied = parts.mayBeTied() && parts.tensors().find(name(TensorRole.OUTPUT)).isEmpty();
    Matrix output = tied ? embedding : matrix(name(TensorRole.OUTPUT), vocabulary, dim);
    checkNoneLeft();
    return new TransformerWeights(embedding, layers, outputNorm, output);
  }

  private LayerWeights layer(int i) throws MalformedModelException {
    int dim = config.dim();
    int queries = config.heads() * config.headDim();
    int keys = config.kvHeads() * config.headDim();
    int hidden = config.hiddenDim();
    return new LayerWeights(
        matrix(name(TensorRole.ATTENTION_NORM, i), 1, dim),
        matrix(name(TensorRole.QUERY, i), queries, dim),
        matrix(name(TensorRole.KEY, i), keys, dim),
        matrix(name(TensorRole.VALUE, i), keys, dim),
        matrix(name(TensorRole.ATTENTION_OUTPUT, i), dim, queries),
        matrix(name(TensorRole.FEED_FORWARD_NORM, i), 1, dim),
        matrix(name(TensorRole.GATE, i), hidden, dim),
        matrix(name(TensorRole.UP, i), hidden, dim),
        matrix(name(TensorRole.DOWN, i), dim, hidden));
  }

  private String name(TensorRole role) {
    return parts.naming().name(role);
  }

  private String name(TensorRole role, int layer) {
    return parts.naming().name(role, layer);
  }

  private Matrix matrix(String name, int rows, int columns) throws MalformedModelException {
    Optional<TensorEntry> found = parts.tensors().find(name);
    if (found.isEmpty()) {
      throw parts
          .main()
          .malformed(0, "tensor %s (%d x %d) is missing".formatted(name, rows, columns));
    }
    TensorEntry tensor = found.get();
    if (tensor.rows() != rows || tensor.columns() != columns) {
      throw tensor.malformed(
          "is %d x %d, but the configuration makes it %d x %d"
              .formatted(tensor.rows(), tensor.columns(), rows, columns));
    }
    bound.add(name);
    return tensor.matrix();
  }

  private void checkNoneLeft() throws MalformedModelException {
    for (TensorEntry tensor : parts.tensors().all()) {
      if (!bound.contains(tensor.name()) && !parts.naming().isRedundant(tensor.name())) {
        throw tensor.malformed(
            "has no place in a model of %d layers of this architecture".formatted(config.layers()));
      }
    }
  }
}
