package io.flinkmistral.jobs.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.apache.kafka.common.utils.Exit;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;

/**
 * All that the demo or a local cluster writes. It goes when it is closed, and also when the process
 * is told to end before. A process that is killed leaves it; the next one takes it away. That it is
 * left is told by a lock, which goes with the process that has it.
 */
public final class LocalFolder implements AutoCloseable {
  private static final int ATTEMPTS = 20;
  private static final String LOCK = "lock";

  private final Path path;
  private final FileChannel lockFile;

  private LocalFolder(Path path, FileChannel lockFile) {
    this.path = path;
    this.lockFile = lockFile;
  }

  /**
   * Makes a folder among the system's temporary ones, and takes those away that others have left.
   *
   * @param prefix of its name
   * @param interruption of this process
   */
  public static LocalFolder create(String prefix, Interruption interruption) throws IOException {
    LocalFolder folder = create(prefix);
    interruption.first(folder::abandon);
    deleteLeft(folder.path.getParent(), prefix);
    return folder;
  }

  private static LocalFolder create(String prefix) throws IOException {
    for (int i = 0; i < ATTEMPTS; i++) {
      Path path = Files.createTempDirectory(prefix);
      Optional<FileChannel> lockFile = lock(path, StandardOpenOption.CREATE_NEW);
      if (lockFile.isPresent()) {
        if (Files.exists(path.resolve(LOCK))) {
          return new LocalFolder(path, lockFile.get());
        }
        lockFile.get().close(); // Another process was between the two, and has taken it away.
      }
    }
    throw new IOException("other processes take away each new folder %s*".formatted(prefix));
  }

  /** Whose lock it is, his is the folder; none where it is another one's. */
  private static Optional<FileChannel> lock(Path folder, OpenOption create) throws IOException {
    FileChannel file;
    try {
      file =
          FileChannel.open(
              folder.resolve(LOCK), create, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    } catch (FileAlreadyExistsException | NoSuchFileException e) {
      return Optional.empty(); // Another process has taken it for one that was left.
    }
    try {
      if (file.tryLock() != null) {
        return Optional.of(file);
      }
    } catch (OverlappingFileLockException e) {
      // This process's own.
    }
    file.close();
    return Optional.empty();
  }

  /** A new folder in it. */
  public Path subfolder(String name) throws IOException {
    return Files.createDirectory(path.resolve(name));
  }

  @Override
  public void close() {
    delete(path);
    try {
      lockFile.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void abandon() {
    Configurator.setAllLevels("", Level.OFF);
    // The broker ends the process at once when it misses its files: not before all are gone.
    Exit.setHaltProcedure((status, message) -> {});
    for (int i = 0; i < ATTEMPTS && Files.exists(path); i++) {
      delete(path);
    }
  }

  private static void deleteLeft(Path parent, String prefix) throws IOException {
    try (DirectoryStream<Path> siblings = Files.newDirectoryStream(parent, prefix + "*")) {
      for (Path sibling : siblings) {
        // As the system names what it makes.
        if (sibling.getFileName().toString().substring(prefix.length()).matches("[0-9]+")) {
          deleteIfLeft(sibling);
        }
      }
    }
  }

  /**
   * Only what is a folder of ours, and locked by nobody; no link. One without a lock has been made
   * just now, or anew, by what a process wrote when its folder was gone: whoever locks it first has
   * it.
   */
  private static void deleteIfLeft(Path folder) {
    Path lock = folder.resolve(LOCK);
    boolean hasLock = Files.exists(lock, LinkOption.NOFOLLOW_LINKS);
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        || (hasLock && !Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS))) {
      return;
    }
    try {
      Optional<FileChannel> file =
          lock(folder, hasLock ? StandardOpenOption.WRITE : StandardOpenOption.CREATE_NEW);
      if (file.isPresent()) {
        try (FileChannel _ = file.get()) {
          delete(folder);
        }
      }
    } catch (IOException e) {
      // Another user's: it stays.
    }
  }

  /** As far as that goes; links are taken away, and what they lead to stays. */
  private static void delete(Path folder) {
    try {
      Files.walkFileTree(folder, new Deletion());
    } catch (IOException e) {
      // What somebody still writes to stays, and the next process takes it away.
    }
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      return remove(file);
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException failure) {
      return remove(folder);
    }

    private static FileVisitResult remove(Path path) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        // The rest is tried all the same.
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
