package io.flinkmistral.weights;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** A model file that is not what it should be: which file, where in it, and why. */
public final class MalformedModelException extends IOException {
  private static final long serialVersionUID = 1L;

  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cc}\\p{Cs}\\u2028\\u2029\\u202a-\\u202e]");
  private static final int MAX_LENGTH = 500;

  private final transient Path file;
  private final long offset;

  /**
   * @param file the file
   * @param offset the byte at which reading failed, from the file's start
   * @param reason what is wrong there, with the values
   */
  public MalformedModelException(Path file, long offset, String reason) {
    super("%s: at byte %d: %s".formatted(file, offset, oneLine(reason)));
    this.file = file;
    this.offset = offset;
  }

  /** Names and values in a reason are the file's: they must not break a log's line or fill it. */
  private static String oneLine(String reason) {
    String line =
        UNPRINTABLE
            .matcher(reason)
            .replaceAll(c -> "\\\\u%04x".formatted((int) c.group().charAt(0)));
    return line.length() <= MAX_LENGTH ? line : line.substring(0, MAX_LENGTH) + "...";
  }

  public Path file() {
    return file;
  }

  public long offset() {
    return offset;
  }
}
