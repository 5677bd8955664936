package io.flinkmistral.weights.gguf;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.weights.LayerWeights;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.TransformerWeights;
import io.flinkmistral.weights.tensors.TensorNaming;
import io.flinkmistral.weights.tensors.TensorRole;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor that is to be written.
 *
 * @param name name in the GGUF file
 * @param source where its numbers come from
 * @param type what they become
 * @param headDim numbers of a head whose rows change places; 0 if all rows stay
 */
record GgufTensorPlan(String name, Matrix source, DataType type, int headDim) {
  static List<GgufTensorPlan> of(ModelFile model, QuantizationMix mix, LoadListener listener) {
    List<GgufTensorPlan> plan = new ArrayList<>();
    TransformerWeights weights = model.weights();
    boolean tied = weights.output() == weights.tokenEmbedding();
    int layers = weights.layers().size();
    Builder builder = new Builder(plan, mix, layers, tied, listener);
    builder.add(TensorRole.TOKEN_EMBEDDING, weights.tokenEmbedding());
    int headDim =
        switch (model.config().ropeLayout()) {
          case HALVES -> model.config().headDim();
          case INTERLEAVED -> 0;
        };
    for (int i = 0; i < layers; i++) {
      LayerWeights layer = weights.layers().get(i);
      builder.add(TensorRole.ATTENTION_NORM, i, layer.attentionNorm(), 0);
      builder.add(TensorRole.QUERY, i, layer.query(), headDim);
      builder.add(TensorRole.KEY, i, layer.key(), headDim);
      builder.add(TensorRole.VALUE, i, layer.value(), 0);
      builder.add(TensorRole.ATTENTION_OUTPUT, i, layer.attentionOutput(), 0);
      builder.add(TensorRole.FEED_FORWARD_NORM, i, layer.feedForwardNorm(), 0);
      builder.add(TensorRole.GATE, i, layer.gate(), 0);
      builder.add(TensorRole.UP, i, layer.up(), 0);
      builder.add(TensorRole.DOWN, i, layer.down(), 0);
    }
    builder.add(TensorRole.OUTPUT_NORM, weights.outputNorm());
    if (!tied) {
      builder.add(TensorRole.OUTPUT, weights.output());
    }
    return plan;
  }

  private record Builder(
      List<GgufTensorPlan> plan,
      QuantizationMix mix,
      int layers,
      boolean tied,
      LoadListener listener) {

    void add(TensorRole role, Matrix source) {
      put(TensorNaming.GGUF.name(role), source, mix.typeOf(role, 0, layers, tied), 0);
    }

    void add(TensorRole role, int layer, Matrix source, int headDim) {
      DataType type = mix.typeOf(role, layer, layers, tied);
      put(TensorNaming.GGUF.name(role, layer), source, type, headDim);
    }

    private void put(String name, Matrix source, DataType wanted, int headDim) {
      DataType type = wanted;
      if (source.columns() % type.blockLength() != 0) {
        type = source.columns() % DataType.Q8_0.blockLength() == 0 ? DataType.Q8_0 : DataType.F16;
        listener.warning(
            "%s has rows of %d numbers, no whole blocks of %s: it becomes %s"
                .formatted(name, source.columns(), wanted, type));
      }
      plan.add(new GgufTensorPlan(name, source, type, headDim));
    }
  }

  long rowBytes() {
    return type.bytes(source.columns());
  }

  long bytes() {
    return source.rows() * rowBytes();
  }

  /**
   * The row of the source that becomes row {@code row}. Hugging Face rotates numbers {@code (i, i +
   * headDim / 2)} of a head together, GGUF {@code (2i, 2i + 1)}, so the rows of queries and keys go
   * there in that order.
   */
  long sourceRow(int row) {
    if (headDim == 0) {
      return row;
    }
    int inHead = row % headDim;
    return row - inHead + inHead / 2 + inHead % 2 * (headDim / 2);
  }
}
