package io.flinkmistral.model;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.KvLayout;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.Kernels.Product;
import io.flinkmistral.kernel.WorkPool;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.TransformerWeights;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.IntConsumer;

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
  /** Tokens from which on what is done token by token is shared among threads. */
  private static final int SHARED_TOKENS = 4;

  /** Bytes of weights from which on it pays to compile kernels first, and to pack later. */
  private static final long LARGE = 256L << 20;

  private final TransformerConfig config;
  private final Kernels kernels;
  private final WorkPool pool;
  private final PreparedWeights weights;
  private final RotaryEmbedding rotary;
  private final KvWriter writer;
  private final Attention attention;
  private final Scratch scratch;
  private final WarmUp warmUp;

  private float[] angles = {};

  /**
   * Makes a model ready for its first pass. A large one packs its weights later, for which it takes
   * the time by itself before the next passes; see {@link #packNext}.
   *
   * @param config shape, with the window to be used
   * @param weights in the shape of {@code config}
   * @param layout of the caches that will be given
   * @param arena how long packed weights live, for all threads: until the last pass at least
   * @param listener hears which layers are packed, now and later
   */
  public Transformer(
      TransformerConfig config,
      TransformerWeights weights,
      KvLayout layout,
      Kernels kernels,
      Arena arena,
      WorkPool pool,
      LoadListener listener) {
    this(config, weights, layout, kernels, arena, pool, listener, isLarge(weights));
  }

  Transformer(
      TransformerConfig config,
      TransformerWeights weights,
      KvLayout layout,
      Kernels kernels,
      Arena arena,
      WorkPool pool,
      LoadListener listener,
      boolean large) {
    this.config = config;
    this.kernels = kernels;
    this.pool = pool;
    this.weights = PreparedWeights.of(weights, kernels, arena);
    WeightPacking packing = new WeightPacking(this.weights, kernels, pool, listener);
    this.warmUp =
        large
            ? WarmUp.begin(packing, kernels, weights.types(), pool.threads())
            : WarmUp.whole(packing);
    this.rotary = new RotaryEmbedding(config);
    this.writer = new KvWriter(layout);
    this.attention = new Attention(config, layout, kernels);
    this.scratch = new Scratch(config);
  }

  private static boolean isLarge(TransformerWeights weights) {
    return weights.bytes() >= LARGE;
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
    warmUp.beforePass();
    int tokens = batch.stream().mapToInt(input -> input.tokens().length).sum();
    scratch.reserve(tokens);
    embed(batch, tokens);
    List<QueryTile> tiles = attention.tiles(batch);
    for (int layer = 0; layer < config.layers(); layer++) {
      attentionBlock(batch, tiles, layer, tokens);
      feedForwardBlock(weights.layers().get(layer), tokens);
    }
    batch.forEach(input -> input.cache().advance(input.tokens().length));
    Logits logits = logits(batch);
    warmUp.afterPass();
    return logits;
  }

  /**
   * Packs some more of the weights, between passes.
   *
   * @return whether there was something left
   */
  public boolean packNext() {
    return warmUp.packNext();
  }

  /** Packs all weights and waits for all kernels: from then on speed is the final one. */
  public void awaitFullSpeed() throws InterruptedException {
    warmUp.complete();
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

  private void attentionBlock(
      List<SequenceInput> batch, List<QueryTile> tiles, int layerIndex, int tokens) {
    PreparedWeights.Layer layer = weights.layers().get(layerIndex);
    norm(layer.attentionNorm(), tokens);
    kernels.multiply(
        List.of(
            new Product(layer.query(), scratch.query),
            new Product(layer.key(), scratch.key),
            new Product(layer.value(), scratch.value)),
        scratch.normed,
        tokens,
        pool);
    rotateAndStore(batch, layerIndex, tokens);
    attention.attend(tiles, layerIndex, scratch.query, scratch.attended, pool);
    kernels.multiply(layer.attentionOutput(), scratch.attended, tokens, scratch.normed, pool);
    addToResidual(tokens);
  }

  private void rotateAndStore(List<SequenceInput> batch, int layer, int tokens) {
    KvCache[] caches = new KvCache[tokens];
    int[] positions = new int[tokens];
    int row = 0;
    for (SequenceInput input : batch) {
      for (int t = 0; t < input.tokens().length; t++, row++) {
        caches[row] = input.cache();
        positions[row] = input.cache().length() + t;
      }
    }
    forEachToken(tokens, t -> rotateAndStore(caches[t], positions[t], layer, t));
  }

  private void rotateAndStore(KvCache cache, int position, int layer, int row) {
    int headDim = config.headDim();
    int heads = config.heads();
    int kvWidth = config.kvHeads() * headDim;
    rotary.rotate(scratch.query, row * heads * headDim, heads, angles, row * headDim);
    rotary.rotate(scratch.key, row * kvWidth, config.kvHeads(), angles, row * headDim);
    writer.write(cache, layer, position, scratch.key, scratch.value, row * kvWidth);
  }

  /** On all threads, where there is enough to do for that. */
  private void forEachToken(int tokens, IntConsumer work) {
    if (tokens < SHARED_TOKENS) {
      for (int t = 0; t < tokens; t++) {
        work.accept(t);
      }
    } else {
      pool.run(tokens, work);
    }
  }

  private void feedForwardBlock(PreparedWeights.Layer layer, int tokens) {
    norm(layer.feedForwardNorm(), tokens);
    kernels.multiply(
        List.of(new Product(layer.gate(), scratch.gate), new Product(layer.up(), scratch.up)),
        scratch.normed,
        tokens,
        pool);
    int width = config.hiddenDim();
    forEachToken(tokens, t -> kernels.swiGlu(scratch.gate, scratch.up, t * width, width));
    kernels.multiply(layer.down(), scratch.gate, tokens, scratch.normed, pool);
    addToResidual(tokens);
  }

  private void norm(float[] weight, int tokens) {
    int dim = config.dim();
    forEachToken(
        tokens,
        t ->
            kernels.rmsNorm(
                scratch.residual,
                t * dim,
                weight,
                dim,
                config.normEpsilon(),
                scratch.normed,
                t * dim));
  }

  private void addToResidual(int tokens) {
    int dim = config.dim();
    forEachToken(tokens, t -> kernels.add(scratch.residual, t * dim, scratch.normed, t * dim, dim));
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
