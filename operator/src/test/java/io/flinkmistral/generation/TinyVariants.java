package io.flinkmistral.generation;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.gguf.GgufWriter;
import io.flinkmistral.weights.gguf.QuantizationMix;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Files of the small trained model with other vocabularies. */
public final class TinyVariants {
  private static final List<String> CONTROLS =
      List.of(
          "[INST]",
          "[/INST]",
          "[TOOL_CALLS]",
          "[AVAILABLE_TOOLS]",
          "[/AVAILABLE_TOOLS]",
          "[TOOL_RESULTS]",
          "[/TOOL_RESULTS]");

  private static final int FIRST_CONTROL = 3;

  private TinyVariants() {}

  /** One piece is spelled otherwise. */
  public static Path withAnotherPiece(Path model, Path copy) throws IOException {
    return write(
        model, copy, (pieces, _) -> pieces.set(pieces.indexOf("\u2581yellow"), "\u2581yellov"));
  }

  /**
   * It has the pieces of template v3. What stood there are bytes: they take the places of its last
   * pieces, which it cannot say any more.
   */
  public static Path withControlPieces(Path copy) throws IOException {
    return write(
        TinyMistral.file(),
        copy,
        (pieces, types) -> {
          for (int i = 0; i < CONTROLS.size(); i++) {
            int last = pieces.size() - 1 - i;
            pieces.set(last, pieces.set(FIRST_CONTROL + i, CONTROLS.get(i)));
            types.set(last, types.set(FIRST_CONTROL + i, PieceType.CONTROL));
          }
        });
  }

  /** It cannot spell one of the bytes. */
  public static Path withoutByte(int value, Path copy) throws IOException {
    return write(
        TinyMistral.file(),
        copy,
        (pieces, types) ->
            types.set(pieces.indexOf("<0x%02X>".formatted(value)), PieceType.CONTROL));
  }

  private interface Edit {
    void apply(List<String> pieces, List<PieceType> types);
  }

  private static Path write(Path model, Path copy, Edit edit) throws IOException {
    try (Arena arena = Arena.ofShared()) {
      ModelFile file = ModelReader.open(model, arena, LoadListener.NONE);
      SentencePieceVocabulary before = (SentencePieceVocabulary) file.vocabulary().orElseThrow();
      List<String> pieces = new ArrayList<>(before.pieces());
      List<PieceType> types = new ArrayList<>(before.types());
      edit.apply(pieces, types);
      SentencePieceVocabulary edited =
          new SentencePieceVocabulary(
              pieces,
              before.scores(),
              types,
              before.bosId(),
              before.eosId(),
              before.unknownId(),
              before.addDummyPrefix());
      GgufWriter.write(
          new ModelFile(
              file.name(),
              file.config(),
              file.weights(),
              Optional.of(edited),
              file.chat(),
              file.fingerprint(),
              file.bytes()),
          QuantizationMix.Q8_0,
          copy,
          LoadListener.NONE);
      return copy;
    }
  }
}
