package io.flinkmistral.tools;

import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.gguf.GgufWriter;
import io.flinkmistral.weights.gguf.QuantizationMix;
import io.flinkmistral.weights.reader.FileStamps;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a model as a GGUF file of fewer bits: {@code mvn -q -Pquantise -Dmodel=FOLDER -Dtype=q4_0
 * -Dout=FILE.gguf}. Types are those of {@link QuantizationMix}: q8_0, q4_0, q4_0_q6_k, q4_k_m,
 * q6_k, and f16, bf16 and f32, which only put the model into one file.
 */
public final class Quantise {
  private static final Command COMMAND =
      Command.of(
          "quantise",
          "writes a model as a GGUF file of fewer bits.",
          Command.Setting.text("model", "model file or folder"),
          Command.Setting.text(
              "type", "q8_0, q6_k, q4_k_m, q4_0, q4_0_q6_k, or f16, bf16, f32: only one file"),
          Command.Setting.text("out", "the file to write"));

  private Quantise() {}

  public static void main(String[] args) {
    if (!COMMAND.helps(args, System.out)) {
      System.exit(run(args, System.err, System.console() != null));
    }
  }

  /** Returns the exit code; says what went wrong in one line. */
  static int run(String[] args, PrintStream err, boolean terminal) {
    try {
      COMMAND.check(args);
      Path model = Arguments.path(args, 0, "model", "FOLDER");
      QuantizationMix mix = QuantizationMix.ofName(Arguments.required(args, 1, "type", "q8_0"));
      Path out = Arguments.path(args, 2, "out", "FILE.gguf");
      quantise(model, mix, out, new ProgressBar(err, terminal, "written"));
      err.printf("%s: %s%n", out, Sizes.text(Files.size(out)));
      return 0;
    } catch (IOException | IllegalArgumentException e) {
      err.println(e.getMessage());
      return 1;
    }
  }

  private static void quantise(Path model, QuantizationMix mix, Path out, ProgressBar progress)
      throws IOException {
    if (Files.exists(out) && Files.isSameFile(model, out)) {
      throw new IllegalArgumentException("the model itself cannot be overwritten: " + out);
    }
    if (!Files.isDirectory(out.toAbsolutePath().getParent())) {
      throw new IllegalArgumentException("there is no folder for " + out);
    }
    FileStamps stamps = FileStamps.of(model);
    try (Arena arena = Arena.ofShared()) {
      stamps.reading(
          () -> {
            ModelFile file = ModelReader.open(model, arena, new WarningsOnly(progress));
            GgufWriter.write(file, mix, out, progress);
            return file;
          });
    }
  }
}
