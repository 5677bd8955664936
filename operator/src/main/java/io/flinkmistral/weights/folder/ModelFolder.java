package io.flinkmistral.weights.folder;

import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.tokenizer.tekken.TekkenVocabulary;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.parts.TemplateSupport;
import io.flinkmistral.weights.source.JsonFields;
import io.flinkmistral.weights.source.MappedFile;
import io.flinkmistral.weights.vocabulary.AddedTokens;
import io.flinkmistral.weights.vocabulary.SentencePieceModel;
import io.flinkmistral.weights.vocabulary.TekkenJson;
import io.flinkmistral.weights.vocabulary.TokenizerJson;
import io.flinkmistral.weights.vocabulary.VocabularyChecks;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A folder of model files that are mapped as they are asked for, and counted. */
public final class ModelFolder {
  private static final String[] SENTENCE_PIECE_MODELS = {
    "tokenizer.model", "tokenizer.model.v3", "tokenizer.model.v2", "tokenizer.model.v1"
  };
  private static final String TOKENIZER_JSON = "tokenizer.json";

  private final Path folder;
  private final Arena arena;
  private long bytes;

  public ModelFolder(Path folder, Arena arena) {
    this.folder = folder;
    this.arena = arena;
  }

  public Path path() {
    return folder;
  }

  public boolean has(String name) {
    return Files.exists(folder.resolve(name));
  }

  public MappedFile map(String name) throws IOException {
    MappedFile file = MappedFile.map(folder.resolve(name), arena);
    bytes = Math.addExact(bytes, file.size());
    return file;
  }

  /** Bytes of the files mapped so far. */
  public long bytes() {
    return bytes;
  }

  /** The version that the tokenizer's file has, in its name or in it, such as {@code v3}. */
  Optional<String> tokenizerVersion(Vocabulary vocabulary) {
    if (vocabulary instanceof TekkenVocabulary tekken) {
      return Optional.of(tekken.templateVersion());
    }
    for (String name : SENTENCE_PIECE_MODELS) {
      if (has(name) && !name.endsWith(".model")) {
        return Optional.of(name.substring(name.lastIndexOf('.') + 1));
      }
    }
    return Optional.empty();
  }

  /** The tokenizer in this folder, with a piece for each row of the embedding. */
  Optional<Vocabulary> vocabulary(int rows, LoadListener listener) throws IOException {
    for (String name : SENTENCE_PIECE_MODELS) {
      if (has(name)) {
        MappedFile file = map(name);
        SentencePieceVocabulary vocabulary = SentencePieceModel.read(file);
        if (vocabulary.size() < rows && has(AddedTokens.FILE)) {
          vocabulary = AddedTokens.append(vocabulary, map(AddedTokens.FILE));
        }
        return Optional.of(VocabularyChecks.fitted(rows, vocabulary, file, listener));
      }
    }
    if (has(TekkenJson.FILE)) {
      MappedFile file = map(TekkenJson.FILE);
      JsonFields fields = JsonFields.read(file);
      Vocabulary vocabulary =
          TemplateSupport.require(TekkenJson.read(fields), fields, TekkenJson.CONFIG);
      VocabularyChecks.sizeMustBe(rows, vocabulary, file);
      return Optional.of(vocabulary);
    }
    if (has(TOKENIZER_JSON)) {
      MappedFile file = map(TOKENIZER_JSON);
      return Optional.of(VocabularyChecks.fitted(rows, TokenizerJson.read(file), file, listener));
    }
    listener.warning(
        "%s has none of tokenizer.model, tekken.json and tokenizer.json: text cannot be encoded"
            .formatted(folder));
    return Optional.empty();
  }
}
