package io.flinkmistral.model;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.weights.LayerWeights;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.RopeLayout;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.TransformerWeights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;

/** A small model with random weights of type F32, the same for the same shape. */
record RandomModel(TransformerConfig config, TransformerWeights weights, int pageTokens) {
  private static final int PAGE_TOKENS = 4;

  RandomModel(TransformerConfig config, TransformerWeights weights) {
    this(config, weights, PAGE_TOKENS);
  }

  static RandomModel of(RopeLayout rope, OptionalInt window) {
    return of(new TransformerConfig(48, 2, 6, 2, 10, 80, 64, 1e-5f, 1e4, rope, window, 512));
  }

  static RandomModel of(TransformerConfig config) {
    return of(config, PAGE_TOKENS);
  }

  static RandomModel of(TransformerConfig config, int pageTokens) {
    Random random = new Random(17);
    int attention = config.heads() * config.headDim();
    int kv = config.kvHeads() * config.headDim();
    List<LayerWeights> layers =
        IntStream.range(0, config.layers())
            .mapToObj(
                layer ->
                    new LayerWeights(
                        matrix(random, 1, config.dim()),
                        matrix(random, attention, config.dim()),
                        matrix(random, kv, config.dim()),
                        matrix(random, kv, config.dim()),
                        matrix(random, config.dim(), attention),
                        matrix(random, 1, config.dim()),
                        matrix(random, config.hiddenDim(), config.dim()),
                        matrix(random, config.hiddenDim(), config.dim()),
                        matrix(random, config.dim(), config.hiddenDim())))
            .toList();
    Matrix embedding = matrix(random, config.vocabularySize(), config.dim());
    return new RandomModel(
        config,
        new TransformerWeights(embedding, layers, matrix(random, 1, config.dim()), embedding),
        pageTokens);
  }

  private static Matrix matrix(Random random, int rows, int columns) {
    MemorySegment data = Arena.ofAuto().allocate(4L * rows * columns, 4);
    float scale = rows == 1 ? 1 : (float) (1 / Math.sqrt(columns));
    for (int i = 0; i < rows * columns; i++) {
      data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian() * scale);
    }
    return new Matrix(DataType.F32, rows, columns, data);
  }

  KvLayout layout(KvType type) {
    return KvLayout.of(config, pageTokens, type);
  }

  KvCache cache(KvType type) {
    KvLayout layout = layout(type);
    return new KvCache(layout, config.window(), new KvPagePool(layout), 0);
  }

  Transformer transformer(Kernels kernels, KvType type, WorkPool pool) {
    return new Transformer(
        config, weights, layout(type), kernels, Arena.ofAuto(), pool, LoadListener.NONE);
  }

  /** One that packs its weights when it has time, as large models do. */
  Transformer packedLater(Kernels kernels, KvType type, WorkPool pool, LoadListener listener) {
    return new Transformer(
        config, weights, layout(type), kernels, Arena.ofAuto(), pool, listener, true);
  }

  int[] tokens(long seed, int count) {
    return new Random(seed).ints(count, 0, config.vocabularySize()).toArray();
  }
}
