package io.flinkmistral.model;

import io.flinkmistral.cache.KvLayout;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.WorkPool;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.TransformerWeights;
import java.util.List;

/**
 * Mistral's decoder (Jiang et al., arXiv 2310.06825): tokens in, logits out, for several tokens of
 * several sequences in one pass.
 *
 * <pre>
 *   h = embedding[token]
 *   of each layer:  h += attentionOutput(attention(RMSNorm(h)));  h += feedForward(RMSNorm(h))
 *   logits = output(RMSNorm(h))
 * </pre>
 *
 * <p>A token's logits depend on its sequence and on nothing else in the batch, bit for bit. One
 * pass at a time: the object owns the activations.
 */
public final class Transformer {
  private final TransformerConfig config;
  private final Kernels kernels;
  private final WorkPool pool;
  private final PreparedWeights weights;
  private final RotaryEmbedding rotary;
  private final Attention attention;
  private final Scratch scratch;
  private float[] angles = {};

  /**
   * Makes a model's weights ready, on all threads of the pool.
   *
   * @param config shape, with the window to be used
   * @param weights in the shape of {@code config}
   * @param layout of the caches that will be given
   * @param listener hears how it goes
   */
  public Transformer(
      TransformerConfig config,
      TransformerWeights weights,
      KvLayout layout,
      Kernels kernels,
      WorkPool pool,
      LoadListener listener) {
    this.config = config;
    this.kernels = kernels;
    this.pool = pool;
    this.weights = PreparedWeights.of(weights, kernels, pool, listener);
    this.rotary = new RotaryEmbedding(config);
    this.attention = new Attention(config, layout, kernels);
    this.scratch = new Scratch(config);
  }

  public TransformerConfig config() {
    return config;
  }

  /**
   * Runs the model over the next tokens of several sequences, whose caches must be different, and
   * appends to these.
   *
   * @return logits of the tokens for which they were wanted, until the next pass
   */
  public Logits forward(List<SequenceInput> batch) {
    int tokens = batch.stream().mapToInt(input -> input.tokens().length).sum();
    scratch.reserve(tokens);
    embed(batch, tokens);
    for (int layer = 0; layer < config.layers(); layer++) {
      attentionBlock(batch, layer, tokens);
      feedForwardBlock(weights.layers().get(layer), tokens);
    }
    batch.forEach(input -> input.cache().advance(input.tokens().length));
    return logits(batch);
  }

  private void embed(List<SequenceInput> batch, int tokens) {
    int headDim = config.headDim();
    if (angles.length < tokens * headDim) {
      angles = new float[tokens * headDim];
    }
    int row = 0;
    for (SequenceInput input : batch) {
      input.cache().reserve(input.tokens().length);
      int position = input.cache().length();
      for (int token : input.tokens()) {
        if (token < 0 || token >= config.vocabularySize()) {
          throw new IllegalArgumentException(
              "token ids are from 0 to %d, but one is %d"
                  .formatted(config.vocabularySize() - 1, token));
        }
        kernels.dequantizeRow(
            weights.tokenEmbedding(), token, scratch.residual, row * config.dim());
        rotary.angles(position++, angles, row * headDim);
        row++;
      }
    }
  }

  private void attentionBlock(List<SequenceInput> batch, int layerIndex, int tokens) {
    PreparedWeights.Layer layer = weights.layers().get(layerIndex);
    norm(layer.attentionNorm(), tokens);
    kernels.multiply(layer.query(), scratch.normed, tokens, scratch.query, pool);
    kernels.multiply(layer.key(), scratch.normed, tokens, scratch.key, pool);
    kernels.multiply(layer.value(), scratch.normed, tokens, scratch.value, pool);
    rotateAndStore(batch, layerIndex);
    int row = 0;
    for (SequenceInput input : batch) {
      int count = input.tokens().length;
      attention.attend(
          input.cache(),
          layerIndex,
          input.cache().length(),
          count,
          scratch.query,
          scratch.attended,
          row,
          pool);
      row += count;
    }
    kernels.multiply(layer.attentionOutput(), scratch.attended, tokens, scratch.normed, pool);
    addToResidual(tokens);
  }

  private void rotateAndStore(List<SequenceInput> batch, int layer) {
    int headDim = config.headDim();
    int kvWidth = config.kvHeads() * headDim;
    int row = 0;
    for (SequenceInput input : batch) {
      int position = input.cache().length();
      for (int t = 0; t < input.tokens().length; t++, row++) {
        int heads = config.heads();
        rotary.rotate(scratch.query, row * heads * headDim, heads, angles, row * headDim);
        rotary.rotate(scratch.key, row * kvWidth, config.kvHeads(), angles, row * headDim);
        attention.store(
            input.cache(), layer, position + t, scratch.key, scratch.value, row * kvWidth);
      }
    }
  }

  private void feedForwardBlock(PreparedWeights.Layer layer, int tokens) {
    norm(layer.feedForwardNorm(), tokens);
    kernels.multiply(layer.gate(), scratch.normed, tokens, scratch.gate, pool);
    kernels.multiply(layer.up(), scratch.normed, tokens, scratch.up, pool);
    int width = config.hiddenDim();
    pool.run(tokens, t -> kernels.swiGlu(scratch.gate, scratch.up, t * width, width));
    kernels.multiply(layer.down(), scratch.gate, tokens, scratch.normed, pool);
    addToResidual(tokens);
  }

  private void norm(float[] weight, int tokens) {
    int dim = config.dim();
    for (int t = 0; t < tokens; t++) {
      kernels.rmsNorm(
          scratch.residual, t * dim, weight, dim, config.normEpsilon(), scratch.normed, t * dim);
    }
  }

  private void addToResidual(int tokens) {
    kernels.add(scratch.residual, 0, scratch.normed, 0, tokens * config.dim());
  }

  private Logits logits(List<SequenceInput> batch) {
    int dim = config.dim();
    int rows = 0;
    int end = 0;
    for (SequenceInput input : batch) {
      end += input.tokens().length;
      for (int t = end - input.logitRows(); t < end; t++, rows++) {
        kernels.rmsNorm(
            scratch.residual,
            t * dim,
            weights.outputNorm(),
            dim,
            config.normEpsilon(),
            scratch.normed,
            rows * dim);
      }
    }
    float[] values = scratch.logits(rows);
    if (rows > 0) {
      kernels.multiply(weights.output(), scratch.normed, rows, values, pool);
    }
    return new Logits(values, rows, config.vocabularySize());
  }
}
