package io.flinkmistral.weights;

import io.flinkmistral.tensor.Matrix;
import java.util.stream.Stream;

/**
 * The weights of one layer. A projection's rows are its outputs, its columns its inputs.
 *
 * @param attentionNorm (1, dim)
 * @param query (heads * headDim, dim)
 * @param key (kvHeads * headDim, dim)
 * @param value (kvHeads * headDim, dim)
 * @param attentionOutput (dim, heads * headDim)
 * @param feedForwardNorm (1, dim)
 * @param gate (hiddenDim, dim): w1
 * @param up (hiddenDim, dim): w3
 * @param down (dim, hiddenDim): w2
 */
public record LayerWeights(
    Matrix attentionNorm,
    Matrix query,
    Matrix key,
    Matrix value,
    Matrix attentionOutput,
    Matrix feedForwardNorm,
    Matrix gate,
    Matrix up,
    Matrix down) {
  Stream<Matrix> projections() {
    return Stream.of(query, key, value, attentionOutput, gate, up, down);
  }
}
