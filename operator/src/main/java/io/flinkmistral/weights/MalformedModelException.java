package io.flinkmistral.weights;

import java.io.IOException;
import java.nio.file.Path;

/** A model file that is not what it should be: which file, where in it, and why. */
public final class MalformedModelException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;
  private final long offset;

  /**
   * @param file the file
   * @param offset the byte at which reading failed, from the file's start
   * @param reason what is wrong there, with the values
   */
  public MalformedModelException(Path file, long offset, String reason) {
    super("%s: at byte %d: %s".formatted(file, offset, reason));
    this.file = file;
    this.offset = offset;
  }

  public Path file() {
    return file;
  }

  public long offset() {
    return offset;
  }
}
