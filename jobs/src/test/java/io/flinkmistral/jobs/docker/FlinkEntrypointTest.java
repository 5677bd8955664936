package io.flinkmistral.jobs.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What Flink's containers do before Flink; {@code echo} stands for it. */
@EnabledOnOs(OS.LINUX)
@Timeout(30)
class FlinkEntrypointTest {
  @TempDir Path folder;

  @Test
  void deletesWhatAKilledProcessLeftAndLaysOutTheConfiguration() throws Exception {
    Path conf = Files.createDirectory(folder.resolve("conf.image"));
    Files.writeString(conf.resolve("config.yaml"), "as in the image");
    Path tmp = Files.createDirectories(folder.resolve("tmp"));
    Files.createDirectories(tmp.resolve("tm_1/rocksdb"));
    Files.createDirectory(tmp.resolve("conf"));
    Files.writeString(tmp.resolve("conf/config.yaml"), "as it was written");
    assertThat(start(conf, tmp)).isEqualTo("taskmanager a b");
    assertThat(tmp.resolve("tm_1")).doesNotExist();
    assertThat(tmp.resolve("conf/config.yaml")).hasContent("as in the image");
  }

  private static String start(Path conf, Path tmp) throws Exception {
    ProcessBuilder bash =
        new ProcessBuilder("bash", "../docker/flink-entrypoint.sh", "taskmanager", "a", "b");
    bash.environment().put("CONF_IMAGE", conf.toString());
    bash.environment().put("TMPDIR", tmp.toString());
    bash.environment().put("FLINK_ENTRYPOINT", "echo");
    bash.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = bash.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return output.strip();
  }
}
