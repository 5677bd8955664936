package io.flinkmistral.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
    Path madeAnew = Files.createTempDirectory(PREFIX);
    Files.createDirectories(madeAnew.resolve("flink/checkpoints"));
    Path ofAnother = Files.createDirectory(left.resolveSibling(PREFIX + "notes"));
    Path link = left.resolveSibling(PREFIX + "1");
    Files.createSymbolicLink(link, elsewhere);
    try (Interruption interruption = Interruption.handled();
        LocalFolder other = LocalFolder.create(PREFIX, interruption)) {
      Path inUse = other.subfolder("in-use");
      assertThat(left).doesNotExist();
      assertThat(madeAnew).as("what was written when its folder was gone").doesNotExist();
      try (LocalFolder another = LocalFolder.create(PREFIX, interruption)) {
        assertThat(another.subfolder("x")).exists();
        assertThat(inUse).as("folder of a process that runs").exists();
      }
    } finally {
      Files.deleteIfExists(link);
    }
    assertThat(precious).exists();
    assertThat(ofAnother).as("a folder that none of these has made").exists();
    Files.delete(ofAnother);
  }

  /** One that looks for what was left may come between the folder and its lock. */
  @Test
  void eachHasAFolderOfItsOwnHoweverManyBeginAtOnce() throws Exception {
    try (Interruption interruption = Interruption.handled();
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Callable<LocalFolder>> makers =
          Collections.nCopies(64, () -> LocalFolder.create(PREFIX, interruption));
      List<LocalFolder> folders = new ArrayList<>();
      for (Future<LocalFolder> made : threads.invokeAll(makers)) {
        folders.add(made.get());
      }
      for (LocalFolder folder : folders) {
        assertThat(folder.subfolder("x")).exists();
        folder.close();
      }
    }
  }
}
