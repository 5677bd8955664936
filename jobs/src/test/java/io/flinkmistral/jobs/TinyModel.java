package io.flinkmistral.jobs;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;

/** The small trained model that comes with the sources, as the demo has it on its class path. */
public final class TinyModel {
  /** Q8_0. */
  public static final Path PATH = Path.of(resource("/tiny-mistral/tiny-mistral.q8_0.gguf"));

  private TinyModel() {}

  private static URI resource(String name) {
    try {
      return TinyModel.class.getResource(name).toURI();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
