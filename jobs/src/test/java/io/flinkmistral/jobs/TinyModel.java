package io.flinkmistral.jobs;

import java.nio.file.Path;

/** The small trained model that comes with the sources. */
public final class TinyModel {
  private static final Path FOLDER = Path.of("..", "operator", "src", "tiny-mistral");

  /** Q8_0. */
  public static final Path PATH =
      FOLDER.resolve("tiny-mistral.q8_0.gguf").toAbsolutePath().normalize();

  private TinyModel() {}
}
