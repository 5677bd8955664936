package io.flinkmistral.weights;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Dequantizer;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.tensor.Quantizer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
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

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

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
    byte[] data = new byte[Math.toIntExact(rows * type.bytes(columns))];
    double size = 1 / Math.sqrt(columns);
    if (Quantizer.supports(type)) {
      float[] numbers = new float[rows * columns];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (float) (random.nextGaussian() * size);
      }
      Quantizer.quantize(type, numbers, MemorySegment.ofArray(data), 0);
    } else {
      fillWithBlocks(type, data, size, random);
    }
    gguf.tensor(name, type, data, columns, rows);
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

  /** Fills with random blocks, and then makes their scales such that numbers have the size. */
  private static void fillWithBlocks(DataType type, byte[] data, double size, Random random) {
    random.nextBytes(data);
    MemorySegment blocks = MemorySegment.ofArray(data);
    float[] scales = new float[data.length / type.blockBytes()];
    for (int block = 0; block < scales.length; block++) {
      scales[block] = (float) random.nextGaussian();
      putScales(type, blocks, block, scales[block]);
    }
    float[] numbers = new float[scales.length * type.blockLength()];
    Dequantizer.dequantize(type, blocks, 0, numbers, 0, numbers.length);
    double squares = 0;
    for (float number : numbers) {
      squares += (double) number * number;
    }
    double factor = size / Math.sqrt(squares / numbers.length);
    for (int block = 0; block < scales.length; block++) {
      putScales(type, blocks, block, (float) (scales[block] * factor));
    }
  }

  private static void putScales(DataType type, MemorySegment blocks, long block, float scale) {
    for (int at : scaleOffsets(type)) {
      // A minimum is taken off or added; it is to be of the other sign than half of the numbers.
      float value = at == minimumOffset(type) ? scale * minimumFactor(type) : scale;
      blocks.set(SHORT, block * type.blockBytes() + at, Float.floatToFloat16(value));
    }
  }

  private static List<Integer> scaleOffsets(DataType type) {
    return switch (type) {
      case Q5_0, IQ4_NL, Q4_0, Q8_0 -> List.of(0);
      case Q4_1, Q5_1, Q4_K, Q5_K -> List.of(0, 2);
      case Q2_K -> List.of(80, 82);
      case Q3_K -> List.of(108);
      case Q6_K -> List.of(208);
      case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no scales");
    };
  }

  private static int minimumOffset(DataType type) {
    return switch (type) {
      case Q4_1, Q5_1, Q4_K, Q5_K -> 2;
      case Q2_K -> 82;
      case F32, F16, BF16, Q4_0, Q5_0, Q8_0, Q3_K, Q6_K, IQ4_NL -> -1;
    };
  }

  /** Such that the mean number is about zero. */
  private static float minimumFactor(DataType type) {
    return switch (type) {
      case Q4_1 -> -7.5f;
      case Q5_1 -> -15.5f;
      case Q4_K -> 7.5f;
      case Q5_K -> 15.5f;
      case Q2_K -> 1.5f;
      case F32, F16, BF16, Q4_0, Q5_0, Q8_0, Q3_K, Q6_K, IQ4_NL -> 1;
    };
  }
}
