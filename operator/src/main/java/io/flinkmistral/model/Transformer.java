package io.flinkmistral.model;

import io.flinkmistral.cache.KvWriter;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.layout.Product;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.model.attention.Attention;
import io.flinkmistral.model.attention.QueryTile;
import io.flinkmistral.model.pass.HiddenStates;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.PassOutput;
import io.flinkmistral.model.pass.Scratch;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.model.pass.TokenRows;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.TransformerWeights;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
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

  /**
   * Makes a model ready for its first pass. A large one's kernels are still compiled afterwards,
   * for which that pass waits, and it packs its weights later, for which it takes the time by
   * itself before the next passes; see {@link #prepareNext}.
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
    // First, as the compilers work beside all that follows.
    Optional<KernelCompilation> compilation =
        large
            ? Optional.of(
                new KernelCompilation(
                    kernels,
                    weights.types(),
                    Attention.reading(config, layout, kernels),
                    pool.threads()))
            : Optional.empty();
    this.weights = PreparedWeights.of(weights, kernels, arena);
    WeightPacking packing = new WeightPacking(this.weights, kernels, pool, listener);
    this.warmUp = new WarmUp(packing, compilation);
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
    return pass(batch).logits();
  }

  /** The same, with the hidden states that are wanted. */
  public PassOutput pass(List<SequenceInput> batch) {
    TokenRows all = TokenRows.last(batch, input -> input.tokens().length);
    TokenRows wanted = TokenRows.last(batch, input -> input.logitRows() + input.hiddenRows());
    warmUp.beforePass(all.count());
    scratch.reserve(all.count());
    embed(batch, all);
    List<QueryTile> tiles = attention.tiles(all);
    int last = config.layers() - 1;
    for (int layer = 0; layer < last; layer++) {
      runLayer(layer, all, all, tiles);
    }
    runLayer(last, all, wanted, attention.tiles(wanted));
    batch.forEach(input -> input.cache().advance(input.tokens()));
    PassOutput output = output(batch, wanted.count());
    warmUp.afterPass();
    return output;
  }

  /**
   * Does some more, between passes, of what makes later ones faster.
   *
   * @return whether there was something left
   */
  public boolean prepareNext() {
    return warmUp.next();
  }

  /** Packs all weights and waits for all kernels: from then on speed is the final one. */
  public void awaitFullSpeed() throws InterruptedException {
    warmUp.complete();
  }

  private void embed(List<SequenceInput> batch, TokenRows rows) {
    int row = 0;
    for (SequenceInput input : batch) {
      input.cache().reserve(input.tokens().length);
      for (int token : input.tokens()) {
        if (token < 0 || token >= config.vocabularySize()) {
          throw new IllegalArgumentException(
              "token ids are from 0 to %d, but one is %d"
                  .formatted(config.vocabularySize() - 1, token));
        }
        kernels.dequantizeRow(
            weights.tokenEmbedding(), token, scratch.residual, row * config.dim());
        rotary.angles(rows.position(row), scratch.angles, row * config.headDim());
        row++;
      }
    }
  }

  /**
   * Stores keys and values of some tokens, and goes on with those among them that are wanted, in
   * the first rows. After the last layer nothing reads the others.
   *
   * @param tiles of the wanted tokens
   */
  private void runLayer(int index, TokenRows tokens, TokenRows wanted, List<QueryTile> tiles) {
    PreparedWeights.Layer layer = weights.layers().get(index);
    Product query = new Product(layer.query(), scratch.query);
    Product key = new Product(layer.key(), scratch.key);
    Product value = new Product(layer.value(), scratch.value);
    norm(layer.attentionNorm(), tokens.count());
    boolean allWanted = wanted.count() == tokens.count();
    List<Product> ofAll = allWanted ? List.of(query, key, value) : List.of(key, value);
    kernels.multiply(ofAll, scratch.normed, tokens.count(), pool);
    forEachToken(tokens.count(), row -> storeKeyAndValue(index, tokens, row));
    if (wanted.count() == 0) {
      return;
    }
    if (!allWanted) {
      scratch.keep(wanted);
      kernels.multiply(List.of(query), scratch.normed, wanted.count(), pool);
    }
    attentionBlock(layer, index, wanted.count(), tiles);
    feedForwardBlock(layer, wanted.count());
  }

  private void storeKeyAndValue(int layer, TokenRows tokens, int row) {
    int offset = row * config.kvHeads() * config.headDim();
    rotate(scratch.key, config.kvHeads(), row);
    writer.write(
        tokens.cache(row), layer, tokens.position(row), scratch.key, scratch.value, offset);
  }

  private void rotate(float[] vectors, int heads, int row) {
    int headDim = config.headDim();
    rotary.rotate(vectors, row * heads * headDim, heads, scratch.angles, row * headDim);
  }

  private void attentionBlock(
      PreparedWeights.Layer layer, int index, int tokens, List<QueryTile> tiles) {
    forEachToken(tokens, row -> rotate(scratch.query, config.heads(), row));
    attention.attend(tiles, index, scratch.query, scratch.attended, pool);
    kernels.multiply(layer.attentionOutput(), scratch.attended, tokens, scratch.normed, pool);
    addToResidual(tokens);
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

  private PassOutput output(List<SequenceInput> batch, int rows) {
    norm(weights.outputNorm(), rows);
    int hidden = scratch.takeHidden(batch);
    int left = rows - hidden;
    float[] values = scratch.logits(left);
    if (left > 0) {
      kernels.multiply(weights.output(), scratch.normed, left, values, pool);
    }
    return new PassOutput(
        new Logits(values, left, config.vocabularySize()),
        new HiddenStates(scratch.hidden, hidden, config.dim()));
  }
}
