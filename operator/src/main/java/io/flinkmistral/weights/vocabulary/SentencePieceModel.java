package io.flinkmistral.weights.vocabulary;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.MappedFile;
import io.flinkmistral.weights.source.ProtoReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads {@code tokenizer.model}: SentencePiece's ModelProto (sentencepiece_model.proto) in protocol
 * buffers' wire format.
 *
 * <pre>
 * ModelProto       1 pieces (repeated), 2 trainer_spec, 3 normalizer_spec
 * SentencePiece    1 piece (string), 2 score (float), 3 type (1 if it is absent)
 * TrainerSpec      3 model_type (BPE is 2), 40 unk_id, 41 bos_id, 42 eos_id (0, 1, 2 if absent)
 * NormalizerSpec   2 precompiled_charsmap, 3 add_dummy_prefix, 4 remove_extra_whitespaces,
 *                  5 escape_whitespaces (true if they are absent)
 * </pre>
 */
public final class SentencePieceModel {
  private static final int BPE = 2;

  private final MappedFile file;
  private final List<String> pieces = new ArrayList<>();
  private final List<Float> scores = new ArrayList<>();
  private final List<PieceType> types = new ArrayList<>();
  private int modelType = 1;
  private int unknownId = 0;
  private int bosId = 1;
  private int eosId = 2;
  private boolean addDummyPrefix = true;
  private boolean removeExtraWhitespaces = true;
  private boolean escapeWhitespaces = true;
  private boolean normalizer;
  private long charsMapBytes;

  private SentencePieceModel(MappedFile file) {
    this.file = file;
  }

  public static SentencePieceVocabulary read(MappedFile file) throws MalformedModelException {
    SentencePieceModel model = new SentencePieceModel(file);
    model.readModel();
    model.refuseWhatIsNotDone();
    return model.vocabulary();
  }

  private void readModel() throws MalformedModelException {
    ProtoReader message = new ProtoReader(file, 0, file.size());
    while (message.next()) {
      switch (message.field()) {
        case 1 -> readPiece(message.message("a piece"));
        case 2 -> readTrainer(message.message("the trainer's part"));
        case 3 -> readNormalizer(message.message("the normalizer's part"));
        default -> message.skip();
      }
    }
  }

  private void readPiece(ProtoReader message) throws MalformedModelException {
    long at = message.position();
    String piece = "";
    float score = 0;
    long type = PieceType.NORMAL.code();
    while (message.next()) {
      switch (message.field()) {
        case 1 -> piece = message.text("piece " + pieces.size(), VocabularyChecks.MAX_PIECE_BYTES);
        case 2 -> score = message.float32("the score of piece " + pieces.size());
        case 3 -> type = message.varint("the type of piece " + pieces.size());
        default -> message.skip();
      }
    }
    Optional<PieceType> known = PieceType.ofCode((int) type);
    if (known.isEmpty() || type != (int) type) {
      throw file.malformed(
          at, "piece %d has the type %d; there are 1 to 6".formatted(pieces.size(), type));
    }
    if (pieces.size() == VocabularyChecks.MAX_PIECES) {
      throw file.malformed(
          at, "there are more than the %d pieces that are read".formatted(pieces.size()));
    }
    pieces.add(piece);
    scores.add(score);
    types.add(known.get());
  }

  private void readTrainer(ProtoReader message) throws MalformedModelException {
    while (message.next()) {
      switch (message.field()) {
        case 3 -> modelType = (int) message.varint("the kind of the model");
        case 40 -> unknownId = (int) message.varint("the id of the unknown piece");
        case 41 -> bosId = (int) message.varint("the id of BOS");
        case 42 -> eosId = (int) message.varint("the id of EOS");
        default -> message.skip();
      }
    }
  }

  private void readNormalizer(ProtoReader message) throws MalformedModelException {
    normalizer = true;
    while (message.next()) {
      switch (message.field()) {
        case 2 -> charsMapBytes = message.message("the normalizer's table").remaining();
        case 3 -> addDummyPrefix = message.varint("add_dummy_prefix") != 0;
        case 4 -> removeExtraWhitespaces = message.varint("remove_extra_whitespaces") != 0;
        case 5 -> escapeWhitespaces = message.varint("escape_whitespaces") != 0;
        default -> message.skip();
      }
    }
  }

  private void refuseWhatIsNotDone() throws MalformedModelException {
    if (pieces.isEmpty()) {
      throw file.malformed(0, "the file has no pieces: it is no SentencePiece model");
    }
    if (modelType != BPE) {
      throw file.malformed(
          0,
          "the SentencePiece model is of kind %d, which is not supported; BPE (%d) is"
              .formatted(modelType, BPE));
    }
    if (!normalizer) {
      throw file.malformed(
          file.size(), "the SentencePiece model has no normalizer's part: the file is cut");
    }
    if (charsMapBytes > 0 || !escapeWhitespaces) {
      throw file.malformed(
          0,
          "the SentencePiece model changes text before it encodes (a table of %d bytes, escape_whitespaces %s), which is not supported"
              .formatted(charsMapBytes, escapeWhitespaces));
    }
  }

  private SentencePieceVocabulary vocabulary() throws MalformedModelException {
    float[] values = new float[scores.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = scores.get(i);
    }
    return VocabularyChecks.checked(
        new SentencePieceVocabulary(
            pieces, values, types, bosId, eosId, unknownId, addDummyPrefix, removeExtraWhitespaces),
        file,
        0);
  }
}
