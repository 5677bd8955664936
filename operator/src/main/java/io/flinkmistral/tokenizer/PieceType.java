package io.flinkmistral.tokenizer;

import java.util.Optional;

/** What a piece of a {@link Vocabulary} is; the codes are those of SentencePiece and of GGUF. */
public enum PieceType {
  NORMAL(1),
  UNKNOWN(2),
  CONTROL(3),
  USER_DEFINED(4),
  UNUSED(5),
  BYTE(6);

  private final int code;

  PieceType(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  public static Optional<PieceType> ofCode(int code) {
    for (PieceType type : values()) {
      if (type.code == code) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
