package io.flinkmistral.jobs.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What the JobManager's container starts the job from; {@code echo} stands for Flink. */
@EnabledOnOs(OS.LINUX)
class ResumeEntrypointTest {
  private static final Path SCRIPT = Path.of("..", "docker", "resume-entrypoint.sh");
  private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant FUTURE = Instant.parse("2200-01-01T00:00:00Z");

  @TempDir Path folder;

  private String container = "one";

  @BeforeEach
  void createVolume() throws IOException {
    Files.createDirectory(folder.resolve("data"));
  }

  @Test
  void startsAfreshWhereThereIsNothing() throws Exception {
    assertThat(start("")).isEqualTo("standalone-job --job-classname X");
  }

  @Test
  void startsFromTheNewestWholeCheckpoint() throws Exception {
    checkpoint("checkpoints/a/chk-9", PAST);
    Path newest = checkpoint("savepoints/with blank", PAST.plusSeconds(1));
    Files.createDirectories(folder.resolve("data/checkpoints/b/chk-1"));
    assertThat(start("")).isEqualTo(from(newest));
  }

  @Test
  void startsFromTheCheckpointThatIsNamed() throws Exception {
    Path named = checkpoint("checkpoints/a/chk-1", PAST);
    checkpoint("checkpoints/a/chk-2", PAST.plusSeconds(1));
    assertThat(start(named.toString())).isEqualTo(from(named));
  }

  @Test
  void doesNotGoBackWhenTheContainerStartsAgain() throws Exception {
    Path named = checkpoint("checkpoints/a/chk-1", PAST);
    start(named.toString());
    assertThat(start(named.toString())).as("no checkpoint yet").isEqualTo(from(named));
    Path own = checkpoint("checkpoints/b/chk-2", FUTURE);
    assertThat(start(named.toString())).isEqualTo(from(own));
  }

  @Test
  void forgetsOnlyOnce() throws Exception {
    checkpoint("checkpoints/a/chk-1", PAST);
    assertThat(start("none")).isEqualTo("standalone-job --job-classname X");
    Path own = checkpoint("checkpoints/b/chk-1", FUTURE);
    assertThat(start("none")).isEqualTo(from(own));
  }

  @Test
  void goesBackInAContainerOfItsOwn() throws Exception {
    Path named = checkpoint("savepoints/a", PAST);
    start(named.toString());
    checkpoint("checkpoints/b/chk-2", FUTURE);
    container = "another";
    assertThat(start(named.toString())).isEqualTo(from(named));
  }

  @Test
  void deletesCheckpointsOfOtherJobsThanTheOneItGoesOnFrom() throws Exception {
    Path old = checkpoint("checkpoints/a/chk-1", PAST);
    Path newest = checkpoint("checkpoints/b/chk-2", PAST.plusSeconds(1));
    Path savepoint = checkpoint("savepoints/c", PAST);
    start("");
    assertThat(old.getParent()).doesNotExist();
    assertThat(newest).exists();
    assertThat(savepoint).exists();
  }

  @Test
  void deletesCheckpointsThatAreOlderThanTheSavepointItGoesOnFrom() throws Exception {
    Path old = checkpoint("checkpoints/a/chk-1", PAST);
    Path savepoint = checkpoint("savepoints/c", PAST.plusSeconds(1));
    assertThat(start("")).isEqualTo(from(savepoint));
    assertThat(old.getParent()).doesNotExist();
    assertThat(savepoint).exists();
  }

  @Test
  void deletesNothingWhereItIsToldWhatToStartFrom() throws Exception {
    Path old = checkpoint("checkpoints/a/chk-1", PAST);
    Path named = checkpoint("checkpoints/b/chk-2", PAST.plusSeconds(1));
    start(named.toString());
    start("none");
    assertThat(old).exists();
    assertThat(named).exists();
  }

  private static String from(Path checkpoint) {
    return "standalone-job --fromSavepoint " + checkpoint + " --job-classname X";
  }

  private Path checkpoint(String name, Instant time) throws IOException {
    Path checkpoint = Files.createDirectories(folder.resolve("data").resolve(name));
    Path metadata = Files.createFile(checkpoint.resolve("_metadata"));
    Files.setLastModifiedTime(metadata, FileTime.from(time));
    return checkpoint;
  }

  private String start(String startFrom) throws IOException, InterruptedException {
    ProcessBuilder bash =
        new ProcessBuilder("bash", SCRIPT.toString(), "standalone-job", "--job-classname", "X");
    bash.environment().put("START_FROM", startFrom);
    bash.environment().put("DATA_DIR", folder.resolve("data").toString());
    bash.environment().put("HOSTNAME", container);
    bash.environment().put("FLINK_ENTRYPOINT", "echo");
    bash.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = bash.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return output.strip();
  }
}
