package io.flinkmistral.tools;

import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.weights.LayerWeights;
import io.flinkmistral.weights.TransformerWeights;
import java.util.LinkedHashMap;
import java.util.Map;

/** All matrices of a model by the names of the domain, tied ones once. */
final class NamedMatrices {
  private NamedMatrices() {}

  static Map<String, Matrix> of(TransformerWeights weights) {
    Map<String, Matrix> result = new LinkedHashMap<>();
    result.put("token embedding", weights.tokenEmbedding());
    for (int i = 0; i < weights.layers().size(); i++) {
      String layer = "layer " + i + " ";
      LayerWeights w = weights.layers().get(i);
      result.put(layer + "attention norm", w.attentionNorm());
      result.put(layer + "query", w.query());
      result.put(layer + "key", w.key());
      result.put(layer + "value", w.value());
      result.put(layer + "attention output", w.attentionOutput());
      result.put(layer + "feed-forward norm", w.feedForwardNorm());
      result.put(layer + "gate", w.gate());
      result.put(layer + "up", w.up());
      result.put(layer + "down", w.down());
    }
    result.put("output norm", weights.outputNorm());
    if (weights.output() != weights.tokenEmbedding()) {
      result.put("output", weights.output());
    }
    return result;
  }
}
