package io.flinkmistral.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFolderTest {
  private static final String PREFIX = "flink-mistral-test-" + ProcessHandle.current().pid() + "-";

  @Test
  void takesAwayWhatAKilledProcessHasLeft(@TempDir Path elsewhere) throws Exception {
    Path precious = Files.writeString(elsewhere.resolve("precious"), "x");
    Path left = Files.createTempDirectory(PREFIX);
    Files.writeString(left.resolve("lock"), "");
    Files.createDirectories(left.resolve("broker/data"));
    Files.createSymbolicLink(left.resolve("broker/link"), elsewhere);
    Path withoutLock = Files.createTempDirectory(PREFIX);
    Path link = withoutLock.resolveSibling(PREFIX + "link");
    Files.createSymbolicLink(link, elsewhere);
    try (Interruption interruption = Interruption.handled();
        LocalFolder other = LocalFolder.create(PREFIX, interruption)) {
      Path inUse = other.subfolder("in-use");
      assertThat(left).doesNotExist();
      try (LocalFolder another = LocalFolder.create(PREFIX, interruption)) {
        assertThat(another.subfolder("x")).exists();
        assertThat(inUse).as("folder of a process that runs").exists();
      }
    } finally {
      Files.deleteIfExists(link);
    }
    assertThat(precious).exists();
    assertThat(withoutLock).as("a folder that nobody has locked yet").exists();
    Files.delete(withoutLock);
  }
}
