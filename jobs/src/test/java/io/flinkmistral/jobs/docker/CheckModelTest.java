package io.flinkmistral.jobs.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is told before any container starts. */
@EnabledOnOs(OS.LINUX)
@Timeout(30)
class CheckModelTest {
  private static final long GIB = 1L << 30;

  private final Map<String, String> settings = new HashMap<>();

  @TempDir Path folder;
  private Path models;

  private record Result(int code, String text) {}

  @BeforeEach
  void createFolder() throws IOException {
    models = Files.createDirectory(folder.resolve("models"));
    file("a.gguf", 4 * GIB);
    memory(16);
    settings.putAll(
        Map.of(
            "MODEL",
            "a.gguf",
            "TASKMANAGER_MEMORY",
            "10g",
            "TASKMANAGERS",
            "1",
            "KV_MEMORY",
            "2560m",
            "FLINK_MEMORY",
            "2944m"));
  }

  @Test
  void takesAModelWithRoomForIt() throws Exception {
    assertThat(check())
        .isEqualTo(
            new Result(
                0,
                "a.gguf is there; a TaskManager needs 9.4 GiB of its 10g"
                    + " (a.gguf 4.0 GiB, KV_MEMORY 2.5 GiB, the rest of Flink 2.9 GiB)."));
  }

  @Test
  void saysWhichModelsThereAreWhereItIsNone() throws Exception {
    Files.createDirectory(models.resolve("mistral-hf"));
    Files.createFile(models.resolve("notes.txt"));
    settings.put("MODEL", "b.gguf");
    assertThat(check())
        .isEqualTo(
            new Result(
                1, "MODEL=b.gguf is not there.\nIn MODEL_DIR there is:\n  a.gguf\n  mistral-hf"));
  }

  @Test
  void saysThatTheFolderIsEmpty() throws Exception {
    Files.delete(models.resolve("a.gguf"));
    assertThat(check())
        .isEqualTo(
            new Result(
                1,
                "MODEL=a.gguf is not there.\n"
                    + "In MODEL_DIR there is no .gguf file and no folder."));
  }

  @Test
  void refusesAnEmptyName() throws Exception {
    settings.put("MODEL", "");
    assertThat(check().text()).startsWith("MODEL is empty");
  }

  @Test
  void takesAllFilesOfAFolder() throws Exception {
    Files.createDirectory(models.resolve("hf"));
    file("hf/model-00001-of-00002.safetensors", 3 * GIB);
    file("hf/model-00002-of-00002.safetensors", 2 * GIB);
    file("hf/config.json", 100);
    settings.put("MODEL", "hf");
    settings.put("TASKMANAGER_MEMORY", "10g");
    assertThat(check().text()).startsWith("TASKMANAGER_MEMORY=10g is too little");
    settings.put("TASKMANAGER_MEMORY", "11g");
    assertThat(check().code()).isZero();
  }

  @Test
  void refusesAFolderWithoutWeights() throws Exception {
    Files.createDirectory(models.resolve("hf"));
    settings.put("MODEL", "hf");
    assertThat(check()).isEqualTo(new Result(1, "The folder hf has no .safetensors file."));
  }

  @Test
  void saysThatAFileCannotBeRead() throws Exception {
    Path file = models.resolve("a.gguf");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(file), "root reads everything");
    assertThat(check().text()).contains("cannot read a.gguf").contains("chmod a+r a.gguf");
  }

  @Test
  void refusesALimitBelowWhatIsNeeded() throws Exception {
    settings.put("TASKMANAGER_MEMORY", "4g");
    assertThat(check().text())
        .startsWith("TASKMANAGER_MEMORY=4g is too little: a TaskManager needs 9.4 GiB (a.gguf 4.0");
  }

  @Test
  void refusesMoreThanTheMachineHas() throws Exception {
    settings.put("TASKMANAGERS", "2");
    Result result = check();
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.text())
        .startsWith("The machine that containers run on has 16.0 GiB of memory, and TaskManagers")
        .contains("(2) need 18.8 GiB")
        .contains("Docker Desktop");
  }

  @Test
  void readsSizesAsDockerAndFlinkWriteThem() throws Exception {
    settings.put("KV_MEMORY", "2.5 gb");
    settings.put("TASKMANAGER_MEMORY", "10240M");
    assertThat(check().code()).isZero();
    settings.put("TASKMANAGER_MEMORY", "10 elephants");
    assertThat(check())
        .isEqualTo(
            new Result(
                1, "TASKMANAGER_MEMORY=10 elephants is no size: write it like 10g or 2560m."));
  }

  /** A file with a hole: as long as that, and nothing on the disk. */
  private void file(String name, long bytes) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(models.resolve(name).toFile(), "rw")) {
      file.setLength(bytes);
    }
  }

  private void memory(int gib) throws IOException {
    Files.writeString(
        folder.resolve("meminfo"), "MemTotal:  %d kB\nMemFree: 1 kB\n".formatted(gib << 20));
  }

  private Result check() throws IOException, InterruptedException {
    ProcessBuilder bash = new ProcessBuilder("bash", "../docker/check-model.sh");
    bash.environment().putAll(settings);
    bash.environment().put("MODELS", models.toString());
    bash.environment().put("MEMINFO", folder.resolve("meminfo").toString());
    bash.redirectErrorStream(true);
    Process process = bash.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output.strip());
  }
}
