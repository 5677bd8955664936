package io.flinkmistral.weights;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Dequantizer;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.tensor.Quantizer;
import io.flinkmistral.tensor.RandomBlocks;
import io.flinkmistral.weights.tensors.TensorNaming;
import io.flinkmistral.weights.tensors.TensorRole;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.Function;

/** A model of a few hundred kilobytes whose rows suit every block, with random weights. */
final class TypedModel {
  private static final int DIM = 256;
  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final int HEAD_DIM = 64;
  private static final int HIDDEN = 512;
  private static final int LAYERS = 2;
  static final int VOCABULARY = 48;

  private TypedModel() {}

  /** A GGUF file with matrices of the types that {@code types} chooses by their names. */
  static GgufBytes of(Function<String, DataType> types, long seed) {
    Random random = new Random(seed);
    GgufBytes gguf = metadata();
    add(gguf, types, TensorNaming.GGUF.name(TensorRole.TOKEN_EMBEDDING), VOCABULARY, DIM, random);
    for (int layer = 0; layer < LAYERS; layer++) {
      for (TensorRole role : TensorRole.values()) {
        int columns = columns(role);
        switch (role) {
          case TOKEN_EMBEDDING, OUTPUT_NORM, OUTPUT -> {}
          case ATTENTION_NORM, FEED_FORWARD_NORM ->
              addNorm(gguf, TensorNaming.GGUF.name(role, layer), random);
          case QUERY, KEY, VALUE, ATTENTION_OUTPUT, GATE, UP, DOWN ->
              add(gguf, types, TensorNaming.GGUF.name(role, layer), rows(role), columns, random);
        }
      }
    }
    addNorm(gguf, TensorNaming.GGUF.name(TensorRole.OUTPUT_NORM), random);
    add(gguf, types, TensorNaming.GGUF.name(TensorRole.OUTPUT), VOCABULARY, DIM, random);
    return gguf;
  }

  /** The same weights as an F32 file. */
  static GgufBytes dequantised(ModelFile model) {
    TransformerWeights weights = model.weights();
    GgufBytes gguf = metadata();
    addFloats(gguf, TensorNaming.GGUF.name(TensorRole.TOKEN_EMBEDDING), weights.tokenEmbedding());
    for (int i = 0; i < weights.layers().size(); i++) {
      LayerWeights layer = weights.layers().get(i);
      for (TensorRole role : TensorRole.values()) {
        String name = TensorNaming.GGUF.name(role, i);
        switch (role) {
          case TOKEN_EMBEDDING, OUTPUT_NORM, OUTPUT -> {}
          case ATTENTION_NORM -> addFloats(gguf, name, layer.attentionNorm());
          case QUERY -> addFloats(gguf, name, layer.query());
          case KEY -> addFloats(gguf, name, layer.key());
          case VALUE -> addFloats(gguf, name, layer.value());
          case ATTENTION_OUTPUT -> addFloats(gguf, name, layer.attentionOutput());
          case FEED_FORWARD_NORM -> addFloats(gguf, name, layer.feedForwardNorm());
          case GATE -> addFloats(gguf, name, layer.gate());
          case UP -> addFloats(gguf, name, layer.up());
          case DOWN -> addFloats(gguf, name, layer.down());
        }
      }
    }
    addFloats(gguf, TensorNaming.GGUF.name(TensorRole.OUTPUT_NORM), weights.outputNorm());
    addFloats(gguf, TensorNaming.GGUF.name(TensorRole.OUTPUT), weights.output());
    return gguf;
  }

  private static GgufBytes metadata() {
    return new GgufBytes()
        .put("general.architecture", "llama")
        .put("llama.block_count", LAYERS)
        .put("llama.context_length", 128)
        .put("llama.embedding_length", DIM)
        .put("llama.feed_forward_length", HIDDEN)
        .put("llama.attention.head_count", HEADS)
        .put("llama.attention.head_count_kv", KV_HEADS)
        .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
        .put("llama.attention.sliding_window", 6);
  }

  private static int rows(TensorRole role) {
    return switch (role) {
      case QUERY -> HEADS * HEAD_DIM;
      case KEY, VALUE -> KV_HEADS * HEAD_DIM;
      case GATE, UP -> HIDDEN;
      case ATTENTION_OUTPUT, DOWN -> DIM;
      case TOKEN_EMBEDDING, OUTPUT -> VOCABULARY;
      case ATTENTION_NORM, FEED_FORWARD_NORM, OUTPUT_NORM -> 1;
    };
  }

  private static int columns(TensorRole role) {
    return switch (role) {
      case ATTENTION_OUTPUT -> HEADS * HEAD_DIM;
      case DOWN -> HIDDEN;
      case QUERY,
          KEY,
          VALUE,
          GATE,
          UP,
          TOKEN_EMBEDDING,
          OUTPUT,
          ATTENTION_NORM,
          FEED_FORWARD_NORM,
          OUTPUT_NORM ->
          DIM;
    };
  }

  private static void addNorm(GgufBytes gguf, String name, Random random) {
    byte[] data = new byte[4 * DIM];
    float[] numbers = new float[DIM];
    for (int i = 0; i < DIM; i++) {
      numbers[i] = 1 + (float) random.nextGaussian() / 10;
    }
    Quantizer.quantize(DataType.F32, numbers, MemorySegment.ofArray(data), 0);
    gguf.tensor(name, DataType.F32, data, DIM);
  }

  private static void add(
      GgufBytes gguf,
      Function<String, DataType> types,
      String name,
      int rows,
      int columns,
      Random random) {
    DataType type = types.apply(name);
    long count = (long) rows * columns;
    MemorySegment data = RandomBlocks.of(type, count, 1 / Math.sqrt(columns), random);
    gguf.tensor(name, type, data.toArray(ValueLayout.JAVA_BYTE), columns, rows);
  }

  private static void addFloats(GgufBytes gguf, String name, Matrix matrix) {
    float[] numbers = new float[matrix.rows() * matrix.columns()];
    Dequantizer.dequantize(matrix.type(), matrix.data(), 0, numbers, 0, numbers.length);
    byte[] data = new byte[4 * numbers.length];
    Quantizer.quantize(DataType.F32, numbers, MemorySegment.ofArray(data), 0);
    if (matrix.rows() == 1) {
      gguf.tensor(name, DataType.F32, data, matrix.columns());
    } else {
      gguf.tensor(name, DataType.F32, data, matrix.columns(), matrix.rows());
    }
  }
}
