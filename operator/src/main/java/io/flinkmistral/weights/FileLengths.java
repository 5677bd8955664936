package io.flinkmistral.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Notices that a model's files were cut while they are mapped.
 *
 * <p>What happens then (JDK 25, Linux): a read beyond the new end, in plain Java or as a bulk copy,
 * throws {@code InternalError: a fault occurred in an unsafe memory access operation}, which the
 * reader can catch. A compiled vector load gets a SIGBUS that ends the JVM, with an error file and
 * no exception. So whoever computes on mapped weights asks here first, once a pass: it costs a
 * system call or two and says which file is to blame. A file that is replaced by renaming another
 * over it is no danger: the mapping keeps the old one.
 */
public final class FileLengths {
  private final Map<Path, Long> lengths = new LinkedHashMap<>();

  private FileLengths() {}

  /** Remembers how long a model's files are: a file and its other parts, or those in a folder. */
  public static FileLengths of(Path model) throws IOException {
    FileLengths result = new FileLengths();
    boolean folder = Files.isDirectory(model);
    Path place = folder ? model : model.toAbsolutePath().getParent();
    try (Stream<Path> files = Files.list(place)) {
      for (Path file : files.sorted().toList()) {
        if (folder ? holdsWeights(file) : SplitGguf.belongTogether(model, file)) {
          result.lengths.put(file, Files.size(file));
        }
      }
    }
    return result;
  }

  /**
   * @throws MalformedModelException if a file is shorter than it was
   */
  public void requireUncut() throws MalformedModelException {
    for (Map.Entry<Path, Long> entry : lengths.entrySet()) {
      long length = length(entry.getKey());
      if (length < entry.getValue()) {
        throw new MalformedModelException(
            entry.getKey(),
            length,
            "the file was cut while in use: it had %d bytes".formatted(entry.getValue()));
      }
    }
  }

  private static long length(Path file) throws MalformedModelException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      // The mapping keeps a file that was deleted.
      return Long.MAX_VALUE;
    } catch (IOException e) {
      throw new MalformedModelException(file, 0, "the file cannot be looked at: " + e.getMessage());
    }
  }

  private static boolean holdsWeights(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".safetensors") || name.endsWith(".pth");
  }
}
