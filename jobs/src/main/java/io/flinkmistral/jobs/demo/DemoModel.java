package io.flinkmistral.jobs.demo;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.util.FileUtils;

/** The small model of the demo as a file, since a resource cannot be mapped into memory. */
final class DemoModel implements AutoCloseable {
  private static final String NAME = "tiny-mistral.q8_0.gguf";

  private final Path folder;

  private DemoModel(Path folder) {
    this.folder = folder;
  }

  static DemoModel unpack() throws IOException {
    DemoModel model = new DemoModel(Files.createTempDirectory("flink-mistral-model-"));
    try (InputStream in = DemoModel.class.getResourceAsStream("/tiny-mistral/" + NAME)) {
      if (in == null) {
        throw new FileNotFoundException("the resource tiny-mistral/" + NAME + " is missing");
      }
      Files.copy(in, model.path());
      return model;
    } catch (IOException e) {
      model.close();
      throw e;
    }
  }

  Path path() {
    return folder.resolve(NAME);
  }

  @Override
  public void close() {
    FileUtils.deleteDirectoryQuietly(folder.toFile());
  }
}
