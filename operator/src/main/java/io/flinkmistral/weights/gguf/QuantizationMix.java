package io.flinkmistral.weights.gguf;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.weights.tensors.TensorRole;
import java.util.Locale;

/**
 * Which types the matrices of a file get: the mixes that GGUF files are known by. Those of
 * llama.cpp's quantize tool are {@link #Q8_0}, {@link #Q4_0_Q6_K} and {@link #Q4_K_M}, and nearly
 * {@link #Q6_K}; those that only change the container are {@link #F32}, {@link #F16} and {@link
 * #BF16}. Norms are always F32.
 */
public enum QuantizationMix {
  /** As exact as any source; for other tools, or to quantise from later. */
  F32(0, DataType.F32, DataType.F32),
  F16(1, DataType.F16, DataType.F16),
  BF16(32, DataType.BF16, DataType.BF16),
  Q8_0(7, DataType.Q8_0, DataType.Q8_0),
  Q4_0(2, DataType.Q4_0, DataType.Q4_0),
  /** Q4_0, but Q6_K for the output. */
  Q4_0_Q6_K(2, DataType.Q4_0, DataType.Q6_K),
  /** Q4_K, but Q6_K for the output and for half of the value and down projections. */
  Q4_K_M(15, DataType.Q4_K, DataType.Q6_K),

  /**
   * Q6_K, but Q8_0 for the output, where more than half of the error of a file of nothing but Q6_K
   * comes from: it costs 0.5 % of the size at 7B.
   */
  Q6_K(18, DataType.Q6_K, DataType.Q8_0);

  private final int fileType;
  private final DataType matrices;
  private final DataType output;

  QuantizationMix(int fileType, DataType matrices, DataType output) {
    this.fileType = fileType;
    this.matrices = matrices;
    this.output = output;
  }

  /** What {@code general.file_type} calls this mix. */
  int fileType() {
    return fileType;
  }

  /**
   * The type of a matrix.
   *
   * @param tied whether the embedding is also the output
   */
  DataType typeOf(TensorRole role, int layer, int layers, boolean tied) {
    return switch (role) {
      case ATTENTION_NORM, FEED_FORWARD_NORM, OUTPUT_NORM -> DataType.F32;
      case OUTPUT -> output;
      case TOKEN_EMBEDDING -> tied ? output : matrices;
      case VALUE, DOWN -> this == Q4_K_M && isSensitive(layer, layers) ? output : matrices;
      case QUERY, KEY, ATTENTION_OUTPUT, GATE, UP -> matrices;
    };
  }

  /** The first eighth of the layers, the last, and every third between. */
  private static boolean isSensitive(int layer, int layers) {
    int eighth = layers / 8;
    return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
  }

  /** The mix of a name such as {@code q4_k_m}. */
  public static QuantizationMix ofName(String name) {
    for (QuantizationMix mix : values()) {
      if (mix.name().equals(name.toUpperCase(Locale.ROOT))) {
        return mix;
      }
    }
    throw new IllegalArgumentException(
        "the type must be q8_0, q4_0, q4_0_q6_k, q4_k_m, q6_k, f16, bf16 or f32, but is " + name);
  }
}
