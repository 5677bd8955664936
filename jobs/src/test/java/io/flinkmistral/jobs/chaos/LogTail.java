package io.flinkmistral.jobs.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

/** The lines of a file that is being written, as they come. */
final class LogTail implements AutoCloseable {
  private final FileChannel channel;
  private final StringBuilder begun = new StringBuilder();
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);

  /** Begins where the file ends now. */
  LogTail(Path file) throws IOException {
    channel = FileChannel.open(file);
    channel.position(channel.size());
  }

  /** The whole lines since the last call. */
  List<String> newLines() throws IOException {
    while (channel.read(buffer.clear()) > 0) {
      // What is looked for is in ASCII.
      begun.append(UTF_8.decode(buffer.flip()));
    }
    int end = begun.lastIndexOf("\n");
    if (end < 0) {
      return List.of();
    }
    List<String> lines = begun.substring(0, end).lines().toList();
    begun.delete(0, end + 1);
    return lines;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
