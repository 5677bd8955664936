package io.flinkmistral.weights.reader;

import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.TransformerWeights;
import io.flinkmistral.weights.folder.ConsolidatedModel;
import io.flinkmistral.weights.folder.HuggingFaceModel;
import io.flinkmistral.weights.folder.ModelFolder;
import io.flinkmistral.weights.gguf.GgufFile;
import io.flinkmistral.weights.gguf.GgufModel;
import io.flinkmistral.weights.gguf.GgufVocabularyReader;
import io.flinkmistral.weights.gguf.SplitGguf;
import io.flinkmistral.weights.parts.Fingerprint;
import io.flinkmistral.weights.parts.ModelParts;
import io.flinkmistral.weights.parts.WeightsBinder;
import io.flinkmistral.weights.source.JsonFields;
import io.flinkmistral.weights.source.MappedFile;
import io.flinkmistral.weights.tensors.TensorTable;
import io.flinkmistral.weights.vocabulary.SentencePieceModel;
import io.flinkmistral.weights.vocabulary.TekkenJson;
import io.flinkmistral.weights.vocabulary.TokenizerJson;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads model files: the one way into this package.
 *
 * <p>Read are GGUF files (versions 2 and 3, architectures llama and mistral), folders in Hugging
 * Face's layout and in Mistral's own. Files are untrusted: whatever they say is checked against
 * their real length before anything is allocated, and what is not understood is refused by name.
 * What happens if a file is cut later, while it is mapped: see {@link FileStamps}.
 */
public final class ModelReader {
  private ModelReader() {}

  /**
   * Opens a model: maps its files, checks all that they say, and copies no weights.
   *
   * @param path a {@code .gguf} file or a folder
   * @param arena holds the mapping; the weights can be used until it is closed
   * @throws MalformedModelException if a file is not what it should be, or holds a model that is
   *     not supported
   * @throws NoSuchFileException if there is no such file
   * @throws IOException if a file cannot be read
   */
  public static ModelFile open(Path path, Arena arena, LoadListener listener) throws IOException {
    requireExists(path);
    boolean single = !Files.isDirectory(path);
    ModelFolder folder = new ModelFolder(single ? path.toAbsolutePath().getParent() : path, arena);
    ModelParts parts =
        single
            ? readGguf(path.getFileName().toString(), folder, listener)
            : readFolder(folder, listener);
    TransformerWeights weights = WeightsBinder.bind(parts);
    return new ModelFile(
        name(path),
        parts.config(),
        weights,
        parts.vocabulary(),
        parts.chat(),
        Fingerprint.of(parts, listener),
        folder.bytes());
  }

  /**
   * Reads a tokenizer's pieces alone.
   *
   * @param path a {@code .gguf} file, with or without weights, a {@code tokenizer.model}, a {@code
   *     tekken.json}, or a {@code tokenizer.json}
   * @throws MalformedModelException if the file is not what it should be, or holds no tokenizer
   * @throws NoSuchFileException if there is no such file
   * @throws IOException if the file cannot be read
   */
  public static Vocabulary readVocabulary(Path path) throws IOException {
    requireExists(path);
    try (Arena arena = Arena.ofConfined()) {
      MappedFile file = MappedFile.map(path, arena);
      if (!GgufFile.hasMagic(file)) {
        boolean json = file.size() > 0 && file.bytes(0, 1)[0] == '{';
        return json ? readJsonVocabulary(file) : SentencePieceModel.read(file);
      }
      Optional<Vocabulary> vocabulary = GgufVocabularyReader.read(GgufFile.read(file));
      if (vocabulary.isEmpty()) {
        throw file.malformed(0, "the file has no tokenizer");
      }
      return vocabulary.get();
    }
  }

  private static Vocabulary readJsonVocabulary(MappedFile file) throws MalformedModelException {
    JsonFields fields = JsonFields.read(file);
    return TekkenJson.isIn(fields) ? TekkenJson.read(fields) : TokenizerJson.read(file, fields);
  }

  private static ModelParts readFolder(ModelFolder folder, LoadListener listener)
      throws IOException {
    if (HuggingFaceModel.isIn(folder)) {
      return HuggingFaceModel.read(folder, listener);
    }
    if (ConsolidatedModel.isIn(folder)) {
      return ConsolidatedModel.read(folder, listener);
    }
    throw new MalformedModelException(
        folder.path(),
        0,
        "the folder holds neither config.json with model.safetensors (or its index) nor params.json"
            + " with consolidated.safetensors");
  }

  private static ModelParts readGguf(String name, ModelFolder folder, LoadListener listener)
      throws IOException {
    MappedFile file = folder.map(name);
    if (!GgufFile.hasMagic(file) && (name.endsWith(".safetensors") || name.endsWith(".json"))) {
      throw file.malformed(0, "this is one file of a model; give the folder that it is in");
    }
    GgufFile first = GgufFile.read(file);
    TensorTable tensors = new TensorTable();
    tensors.addAll(first.tensors());
    SplitGguf.addOthers(first, folder, tensors);
    return GgufModel.read(first, tensors, listener);
  }

  private static void requireExists(Path path) throws NoSuchFileException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString(), null, "there is no such file or folder");
    }
  }

  private static String name(Path path) {
    String name = String.valueOf(path.toAbsolutePath().normalize().getFileName());
    return name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name;
  }
}
