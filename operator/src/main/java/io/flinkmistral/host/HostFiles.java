package io.flinkmistral.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Optional;

/** Small files of text that may be missing, unreadable, or no text at all. */
final class HostFiles {
  /** {@code /proc/self/mountinfo} of a host with thousands of containers is as long. */
  static final int MOST_BYTES = 1 << 20;

  private final Path root;

  /** Paths are those below {@code root}. */
  HostFiles(Path root) {
    this.root = root;
  }

  /** What stands in a file, of its first bytes; nothing if it cannot be read. */
  Optional<String> text(Path absolute) {
    return text(root.resolve(absolute.getRoot().relativize(absolute)), MOST_BYTES);
  }

  /** The same of any file. */
  static Optional<String> text(Path file, int mostBytes, OpenOption... options) {
    // What is no file, such as a pipe, could keep the reader waiting.
    if (!Files.isRegularFile(file, linkOptions(options))) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(file, options)) {
      return Optional.of(new String(in.readNBytes(mostBytes), StandardCharsets.UTF_8));
    } catch (IOException | SecurityException e) {
      return Optional.empty();
    }
  }

  private static LinkOption[] linkOptions(OpenOption[] options) {
    for (OpenOption option : options) {
      if (option == LinkOption.NOFOLLOW_LINKS) {
        return new LinkOption[] {LinkOption.NOFOLLOW_LINKS};
      }
    }
    return new LinkOption[0];
  }
}
