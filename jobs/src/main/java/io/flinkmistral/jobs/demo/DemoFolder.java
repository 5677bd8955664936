package io.flinkmistral.jobs.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.util.FileUtils;
import org.apache.kafka.common.utils.Exit;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;

/**
 * All that the demo or a local cluster writes. It goes when it is closed, and also when the process
 * is told to end before: then nothing is stopped in order, since Flink's actors have a shutdown
 * hook of their own and to stop the cluster beside it waits for ever. Broker and cluster end with
 * the process.
 */
public final class DemoFolder implements AutoCloseable {
  private static final int ATTEMPTS = 20;

  /** What shells say of a program that was interrupted. */
  private static final int INTERRUPTED = 130;

  private final Path path;
  private volatile Runnable first = () -> {};
  private final Thread hook = Thread.ofPlatform().unstarted(this::abandon);

  private DemoFolder(Path path) {
    this.path = path;
  }

  /** Makes a folder among the system's temporary ones. */
  public static DemoFolder create(String prefix) throws IOException {
    DemoFolder folder = new DemoFolder(Files.createTempDirectory(prefix));
    Runtime.getRuntime().addShutdownHook(folder.hook);
    return folder;
  }

  /** A new folder in it. */
  public Path subfolder(String name) throws IOException {
    return Files.createDirectory(path.resolve(name));
  }

  /** What is to be done when the process is told to end, before the folder goes. */
  public void whenAbandoned(Runnable action) {
    first = action;
  }

  @Override
  public void close() {
    FileUtils.deleteDirectoryQuietly(path.toFile());
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is being ended: the hook runs.
    }
  }

  private void abandon() {
    Configurator.setAllLevels("", Level.OFF);
    // The broker ends the process at once when it misses its files: not before all are gone.
    Exit.setHaltProcedure((status, message) -> {});
    first.run();
    for (int i = 0; i < ATTEMPTS && Files.exists(path); i++) {
      FileUtils.deleteDirectoryQuietly(path.toFile());
    }
    Runtime.getRuntime().halt(INTERRUPTED);
  }
}
