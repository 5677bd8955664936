package io.flinkmistral.weights.gguf;

import io.flinkmistral.tensor.Dequantizer;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.tensor.Quantizer;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.ModelFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Writes a model as a GGUF file (version 3, architecture llama), some rows at a time: it needs some
 * 32 MB of memory whatever the model's size. The file takes its name only when it is whole.
 */
public final class GgufWriter {
  private static final int CHUNK_NUMBERS = 1 << 22;

  private final ModelFile model;
  private final List<GgufTensorPlan> plan;
  private final LoadListener listener;
  private long bytesDone;

  private GgufWriter(ModelFile model, List<GgufTensorPlan> plan, LoadListener listener) {
    this.model = model;
    this.plan = plan;
    this.listener = listener;
  }

  /**
   * Writes {@code model} to {@code out}.
   *
   * @param mix the types of the matrices
   * @param listener hears of progress, by the bytes written, and of matrices that get another type
   * @throws IOException if writing fails, or a weight is not a finite number
   */
  public static void write(ModelFile model, QuantizationMix mix, Path out, LoadListener listener)
      throws IOException {
    List<GgufTensorPlan> plan = GgufTensorPlan.of(model, mix, listener);
    Path unfinished = out.resolveSibling(out.getFileName() + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(
              unfinished,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        writeFully(channel, ByteBuffer.wrap(GgufHeader.of(model, mix, plan)));
        new GgufWriter(model, plan, listener).writeTensors(channel);
      }
      Files.move(unfinished, out, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private void writeTensors(FileChannel channel) throws IOException {
    for (int i = 0; i < plan.size(); i++) {
      GgufTensorPlan tensor = plan.get(i);
      int rows = Math.clamp(CHUNK_NUMBERS / tensor.source().columns(), 1, tensor.source().rows());
      for (int row = 0; row < tensor.source().rows(); row += rows) {
        int count = Math.min(rows, tensor.source().rows() - row);
        writeFully(channel, ByteBuffer.wrap(rows(tensor, row, count)));
        bytesDone += count * tensor.rowBytes();
        listener.progress(i, plan.size(), bytesDone, totalBytes());
      }
      writeFully(channel, ByteBuffer.allocate(GgufHeader.padding(tensor.bytes())));
    }
    listener.progress(plan.size(), plan.size(), bytesDone, totalBytes());
  }

  private byte[] rows(GgufTensorPlan tensor, int first, int count) throws IOException {
    byte[] result = new byte[Math.toIntExact(count * tensor.rowBytes())];
    MemorySegment target = MemorySegment.ofArray(result);
    int bad =
        IntStream.range(0, count)
            .parallel()
            .filter(i -> !writeRow(tensor, first + i, target, i * tensor.rowBytes()))
            .findFirst()
            .orElse(-1);
    if (bad >= 0) {
      throw new IOException(
          "%s: tensor %s has a number in row %d that is infinite or no number"
              .formatted(model.name(), tensor.name(), first + bad));
    }
    return result;
  }

  /** Writes one row; false if it holds what is no finite number. */
  private static boolean writeRow(
      GgufTensorPlan tensor, int row, MemorySegment target, long offset) {
    Matrix source = tensor.source();
    float[] numbers = new float[source.columns()];
    long begin = tensor.sourceRow(row) * source.rowBytes();
    Dequantizer.dequantize(source.type(), source.data(), begin, numbers, 0, numbers.length);
    for (float number : numbers) {
      if (!Float.isFinite(number)) {
        return false;
      }
    }
    Quantizer.quantize(tensor.type(), numbers, target, offset);
    return true;
  }

  private long totalBytes() {
    return plan.stream().mapToLong(GgufTensorPlan::bytes).sum();
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
