package io.flinkmistral.tokenizer.tekken;

import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** A Tekken vocabulary of 640 pieces behind 40 special ones, which make_goldens.py trained. */
public final class SmallTekken {
  public static final Path JSON = resource("tekken-small.json");

  /** The same vocabulary. */
  public static final Path GGUF = resource("tekken-small.gguf");

  public static final TekkenVocabulary VOCABULARY = read(JSON);

  private SmallTekken() {}

  public static TekkenVocabulary read(Path file) {
    try {
      return (TekkenVocabulary) ModelReader.readVocabulary(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path resource(String name) {
    return Path.of("src", "test", "resources", "tokenizer", name);
  }
}
