package io.flinkmistral.weights.reader;

import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.gguf.SplitGguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Notices that a model's files were cut or overwritten while they are mapped.
 *
 * <p>What happens then (JDK 25, Linux): bytes that were overwritten are simply others, and so are
 * the answers. A read beyond the new end, in plain Java or as a bulk copy, throws {@code
 * InternalError: a fault occurred in an unsafe memory access operation}, and so does a page that
 * the disk fails to give. That can be caught, and must be: Flink ends a TaskManager whose task
 * fails with an InternalError. A compiled vector load gets a SIGBUS that ends the JVM, with an
 * error file ({@code hs_err_pid}) and no exception.
 *
 * <p>So whoever reads mapped weights does it in {@link #reading}, which costs a system call a file:
 * it looks at the files first, and says which one is to blame. What stays is a cut between that
 * look and a vector load of the same pass. A file that is deleted, or replaced by renaming another
 * over it, is no danger: the mapping keeps the old one.
 */
public final class FileStamps {
  /** The JVM's words for a page that is not there. */
  private static final String FAULT = "unsafe memory access";

  private final Map<Path, Stamp> stamps = new LinkedHashMap<>();

  private record Stamp(long length, FileTime modified, Object identity) {
    static Stamp of(Path file) throws IOException {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
    }
  }

  /** Something that reads mapped files. */
  public interface Reading<T> {
    T read() throws IOException;
  }

  private FileStamps() {}

  /**
   * Remembers how a model's files are: a file and its other parts, or those in a folder. To be
   * called before they are mapped.
   */
  public static FileStamps of(Path model) throws IOException {
    FileStamps result = new FileStamps();
    for (Path file : files(model)) {
      result.stamps.put(file, Stamp.of(file));
    }
    return result;
  }

  /**
   * Looks at the files, then runs what reads them.
   *
   * @throws MalformedModelException if a file was changed, or a page of it could not be read
   * @throws IOException what {@code reading} throws
   */
  public <T> T reading(Reading<T> reading) throws IOException {
    requireUnchanged();
    try {
      return reading.read();
    } catch (InternalError e) {
      if (!String.valueOf(e.getMessage()).contains(FAULT)) {
        throw e;
      }
      MalformedModelException reason = faulted();
      reason.initCause(e);
      throw reason;
    } catch (ChangedDuringLoad e) {
      throw e.reason;
    }
  }

  /** A listener that also looks at the files whenever a layer is ready, within {@link #reading}. */
  public LoadListener watching(LoadListener listener) {
    return new LoadListener() {
      @Override
      public void progress(int tensors, int ofTensors, long bytes, long ofBytes) {
        listener.progress(tensors, ofTensors, bytes, ofBytes);
      }

      @Override
      public void prepared(int layers, int ofLayers) {
        listener.prepared(layers, ofLayers);
        try {
          requireUnchanged();
        } catch (MalformedModelException e) {
          throw new ChangedDuringLoad(e);
        }
      }

      @Override
      public void warning(String message) {
        listener.warning(message);
      }
    };
  }

  /** Carries the reason through a listener. */
  private static final class ChangedDuringLoad extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient MalformedModelException reason;

    ChangedDuringLoad(MalformedModelException reason) {
      super(reason);
      this.reason = reason;
    }
  }

  /**
   * @throws MalformedModelException if a file is shorter than it was, or was written to
   */
  public void requireUnchanged() throws MalformedModelException {
    for (Map.Entry<Path, Stamp> entry : stamps.entrySet()) {
      Path file = entry.getKey();
      Stamp before = entry.getValue();
      Stamp now = now(file, before);
      if (now.length() < before.length()) {
        throw new MalformedModelException(
            file,
            now.length(),
            "the file was cut while in use: it had %d bytes".formatted(before.length()));
      }
      if (!now.equals(before)) {
        throw new MalformedModelException(
            file,
            0,
            "the file was overwritten while in use, at %s: put a new one beside it and rename that"
                .formatted(now.modified()));
      }
    }
  }

  private MalformedModelException faulted() {
    try {
      requireUnchanged();
    } catch (MalformedModelException e) {
      return e;
    }
    Path file = stamps.isEmpty() ? Path.of("the model") : stamps.keySet().iterator().next();
    return new MalformedModelException(
        file, 0, "a part of the file could not be read: its disk or network share has failed");
  }

  /** The file's stamp now; the one from before where the mapping is not of the file named so. */
  private static Stamp now(Path file, Stamp before) throws MalformedModelException {
    try {
      Stamp now = Stamp.of(file);
      return Objects.equals(now.identity(), before.identity()) ? now : before;
    } catch (NoSuchFileException e) {
      return before;
    } catch (IOException e) {
      throw new MalformedModelException(file, 0, "the file cannot be looked at: " + e.getMessage());
    }
  }

  private static List<Path> files(Path model) throws IOException {
    boolean folder = Files.isDirectory(model);
    if (!folder && !SplitGguf.isPart(model)) {
      return Files.exists(model) ? List.of(model) : List.of();
    }
    Path place = folder ? model : model.toAbsolutePath().getParent();
    try (Stream<Path> files = Files.list(place)) {
      return files
          .filter(file -> folder ? holdsWeights(file) : SplitGguf.belongTogether(model, file))
          .sorted()
          .toList();
    }
  }

  private static boolean holdsWeights(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".safetensors") || name.endsWith(".pth");
  }
}
