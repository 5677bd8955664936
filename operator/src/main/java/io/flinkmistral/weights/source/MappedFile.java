package io.flinkmistral.weights.source;

import io.flinkmistral.weights.MalformedModelException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file in memory: the bytes that everything which the file says is checked against. */
public record MappedFile(Path path, MemorySegment data) {
  /**
   * Maps a file for as long as {@code arena} lives.
   *
   * @throws NoSuchFileException if there is none
   * @throws FileSystemException if it cannot be read
   */
  public static MappedFile map(Path path, Arena arena) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString(), null, "there is no such file");
    }
    // Opening a pipe would wait for its writer, and a device has no length.
    if (!Files.isRegularFile(path)) {
      throw new FileSystemException(path.toString(), null, "is no regular file");
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      return new MappedFile(
          path, channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena).asReadOnly());
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      throw new FileSystemException(path.toString(), null, "cannot be mapped: " + e.getMessage());
    }
  }

  public long size() {
    return data.byteSize();
  }

  /** A copy of {@code length} bytes; the caller has checked that the file holds them. */
  public byte[] bytes(long offset, int length) {
    byte[] copy = new byte[length];
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, offset, copy, 0, length);
    return copy;
  }

  public MalformedModelException malformed(long offset, String reason) {
    return new MalformedModelException(path, offset, reason);
  }
}
