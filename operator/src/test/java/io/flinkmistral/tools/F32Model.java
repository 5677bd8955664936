package io.flinkmistral.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;

/** The small trained model as a file of F32 weights. */
public final class F32Model {
  private F32Model() {}

  /** Writes it from its Hugging Face folder, whose weights have 16 bits. */
  public static Path tinyMistral(Path folder) {
    Path file = folder.resolve("tiny-mistral.f32.gguf");
    PrintStream nowhere = new PrintStream(new ByteArrayOutputStream());
    String[] arguments = {"src/tiny-mistral/hf", "f32", file.toString()};
    assertThat(Quantise.run(arguments, nowhere, false)).isZero();
    return file;
  }
}
