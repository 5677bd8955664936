package io.flinkmistral.jobs.local;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The small model of the demo as a file, since a resource cannot be mapped into memory. */
public final class BundledModel {
  private static final String NAME = "tiny-mistral.q8_0.gguf";

  private BundledModel() {}

  /** Writes the model into {@code folder}. */
  public static Path unpack(Path folder) throws IOException {
    Path file = folder.resolve(NAME);
    try (InputStream in = BundledModel.class.getResourceAsStream("/tiny-mistral/" + NAME)) {
      if (in == null) {
        throw new FileNotFoundException("the resource tiny-mistral/" + NAME + " is missing");
      }
      Files.copy(in, file);
    }
    return file;
  }
}
