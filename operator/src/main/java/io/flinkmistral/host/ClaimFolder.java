package io.flinkmistral.host;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * A folder in which each engine that works has a file, whose time says when it worked last. So
 * there is nothing to release: the file of one that rests, or was killed, is old after a few
 * seconds.
 *
 * <p>It is in the temporary folder, for processes of one user that see the same one; nobody else
 * may write there.
 */
final class ClaimFolder {
  /** How long a claim holds after its engine has last worked: some {@link EngineCores#BEAT}s. */
  static final Duration HOLDS = Duration.ofSeconds(5);

  /** Files as old are taken away. An engine that only rests makes its own anew. */
  static final Duration KEPT = Duration.ofMinutes(1);

  private static final Set<PosixFilePermission> OWNER_ALONE =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> WRITTEN_BY_OTHERS =
      EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  private static final String SUFFIX = ".engine";
  private static final int MOST_FILES = 1000;
  private static final int MOST_BYTES = 4096;

  private final Path folder;
  private final EngineClaim own;
  private final Path file;

  private ClaimFolder(Path folder, CpuList cpus, int threads) {
    this.folder = folder;
    this.own = new EngineClaim(UUID.randomUUID().toString(), cpus, threads);
    this.file = folder.resolve(own.name() + SUFFIX);
  }

  /**
   * The folder of this user below {@code temporary}, with a claim of one's own, which is not made
   * yet.
   *
   * @throws IOException if there is none, or others may write there
   * @throws UnsupportedOperationException where files have no owners
   */
  static ClaimFolder in(Path temporary, CpuList cpus, int threads) throws IOException {
    String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9_-]", "_");
    ClaimFolder claims =
        new ClaimFolder(temporary.resolve("flink-mistral-engines-" + user), cpus, threads);
    claims.open();
    return claims;
  }

  /** Makes the folder where there is none. It must be of whom a new file is. */
  private void open() throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ALONE));
    }
    PosixFileAttributes mine;
    Path probe = Files.createTempFile(folder, "", ".probe");
    try {
      mine = attributes(probe);
    } finally {
      Files.delete(probe);
    }
    PosixFileAttributes attributes = attributes(folder);
    if (!attributes.isDirectory()
        || !attributes.owner().equals(mine.owner())
        || attributes.permissions().stream().anyMatch(WRITTEN_BY_OTHERS::contains)) {
      throw new IOException(
          "%s is of %s with %s, and should be writable by %s alone"
              .formatted(
                  folder,
                  attributes.owner(),
                  PosixFilePermissions.toString(attributes.permissions()),
                  mine.owner()));
    }
  }

  private static PosixFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  EngineClaim own() {
    return own;
  }

  /** Says that this engine works now. */
  void claim(Instant now) throws IOException {
    try {
      Files.setLastModifiedTime(file, FileTime.from(now));
    } catch (NoSuchFileException e) {
      open(); // The last one that went took the folder away.
      Files.writeString(file, own.text(), StandardOpenOption.CREATE_NEW);
      Files.setLastModifiedTime(file, FileTime.from(now));
    }
  }

  /** The other engines that work now. */
  List<EngineClaim> others(Instant now) throws IOException {
    List<EngineClaim> others = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      int seen = 0;
      for (Path other : files) {
        if (++seen > MOST_FILES) {
          break;
        }
        if (!other.equals(file)) {
          read(other, now, others);
        }
      }
    }
    return others;
  }

  private static void read(Path file, Instant now, List<EngineClaim> claims) {
    try {
      FileTime time = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS);
      Duration age = Duration.between(time.toInstant(), now).abs();
      if (age.compareTo(HOLDS) <= 0) {
        String name = file.getFileName().toString();
        HostFiles.text(file, MOST_BYTES, LinkOption.NOFOLLOW_LINKS)
            .flatMap(
                text -> EngineClaim.parse(name.substring(0, name.length() - SUFFIX.length()), text))
            .ifPresent(claims::add);
      } else if (age.compareTo(KEPT) > 0) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // Taken away by another, or no file that can be: no engine's.
    }
  }

  /** Takes away what this engine has made, and the folder where it was the last one. */
  void withdraw() throws IOException {
    Files.deleteIfExists(file);
    try {
      Files.deleteIfExists(folder);
    } catch (DirectoryNotEmptyException e) {
      // Of others.
    }
  }

  /** Has that done when the JVM ends, should nobody do it before. */
  void withdrawAtExit() {
    folder.toFile().deleteOnExit();
    file.toFile().deleteOnExit();
  }
}
