package io.flinkmistral.jobs.bench;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.weights.ChatFormat;
import io.flinkmistral.weights.LayerWeights;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.RopeLayout;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.TransformerWeights;
import io.flinkmistral.weights.gguf.GgufWriter;
import io.flinkmistral.weights.gguf.QuantizationMix;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A stand-in for Mistral 7B where state is measured and not speed: its pages of keys and values are
 * as large, 2 MiB for 16 tokens in f16, and its weights a thousandth. They are random.
 */
final class PageModel {
  private static final int DIM = 64;
  private static final int LAYERS = 4;

  /** Of which a page is as large as in Mistral 7B. */
  static final int HEADS = 64;

  /** What one of them adds to a page: keys and values of 16 tokens in f16. */
  static final int PAGE_BYTES_A_HEAD = 32 << 10;

  private static final int HEAD_DIM = 128;
  private static final int HIDDEN = 64;
  private static final int CONTEXT = 8192;
  private static final int WINDOW = 4096;

  private PageModel() {}

  /**
   * Writes the model.
   *
   * @param vocabularyOf a model whose tokenizer it gets
   * @param heads {@link #HEADS}, or fewer for smaller pages
   */
  static void write(Path vocabularyOf, int heads, Path out) throws IOException {
    try (Arena arena = Arena.ofShared()) {
      SentencePieceVocabulary vocabulary =
          (SentencePieceVocabulary)
              ModelReader.open(vocabularyOf, arena, LoadListener.NONE).vocabulary().orElseThrow();
      TransformerConfig config =
          new TransformerConfig(
              DIM,
              LAYERS,
              heads,
              heads,
              HEAD_DIM,
              HIDDEN,
              vocabulary.size(),
              1e-5f,
              1e4,
              RopeLayout.INTERLEAVED,
              OptionalInt.of(WINDOW),
              CONTEXT);
      ModelFile model =
          new ModelFile(
              "pages",
              config,
              weights(config, new Weights(arena, new Random(7))),
              Optional.of(vocabulary),
              ChatFormat.NONE,
              "pages",
              0);
      GgufWriter.write(model, QuantizationMix.Q8_0, out, LoadListener.NONE);
    }
  }

  private static TransformerWeights weights(TransformerConfig config, Weights random) {
    int attention = config.heads() * config.headDim();
    int dim = config.dim();
    return new TransformerWeights(
        random.matrix(config.vocabularySize(), dim),
        IntStream.range(0, config.layers())
            .mapToObj(
                layer ->
                    new LayerWeights(
                        random.matrix(1, dim),
                        random.matrix(attention, dim),
                        random.matrix(attention, dim),
                        random.matrix(attention, dim),
                        random.matrix(dim, attention),
                        random.matrix(1, dim),
                        random.matrix(config.hiddenDim(), dim),
                        random.matrix(config.hiddenDim(), dim),
                        random.matrix(dim, config.hiddenDim())))
            .toList(),
        random.matrix(1, dim),
        random.matrix(config.vocabularySize(), dim));
  }

  private record Weights(Arena arena, Random random) {
    Matrix matrix(int rows, int columns) {
      long numbers = (long) rows * columns;
      MemorySegment data = arena.allocate(numbers * Float.BYTES, Float.BYTES);
      double scale = rows == 1 ? 1 : 1 / Math.sqrt(columns);
      for (long i = 0; i < numbers; i++) {
        data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (random.nextGaussian() * scale));
      }
      return new Matrix(DataType.F32, rows, columns, data);
    }
  }
}
