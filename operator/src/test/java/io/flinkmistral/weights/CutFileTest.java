package io.flinkmistral.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Dequantizer;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.weights.reader.FileStamps;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to a model whose file is cut while it is mapped. */
class CutFileTest {
  private static final int KEPT = 4096;

  @TempDir Path folder;

  @Test
  void aCutFileIsNoticed() throws Exception {
    Path file = Files.write(folder.resolve("model.gguf"), TinyModel.gguf().build());
    long length = Files.size(file);
    FileStamps stamps = FileStamps.of(file);
    Files.write(folder.resolve("other.gguf"), new byte[0]);
    stamps.requireUnchanged();
    cut(file);
    assertThatThrownBy(stamps::requireUnchanged)
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("model.gguf: at byte 4096: the file was cut while in use")
        .hasMessageContaining("it had %d bytes".formatted(length));
  }

  @Test
  void aReplacedOrDeletedFileIsNoDanger() throws Exception {
    Path file = Files.write(folder.resolve("model.gguf"), TinyModel.gguf().build());
    FileStamps stamps = FileStamps.of(file);
    try (Arena arena = Arena.ofConfined()) {
      Matrix output = ModelReader.open(file, arena, LoadListener.NONE).weights().output();
      float[] before = row(output);
      Files.delete(file);
      stamps.requireUnchanged();
      assertThat(row(output)).isEqualTo(before);
    }
  }

  @Test
  void anOverwrittenFileIsNoticed() throws Exception {
    Path file = Files.write(folder.resolve("model.gguf"), TinyModel.gguf().build());
    FileStamps stamps = FileStamps.of(file);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));
    assertThatThrownBy(stamps::requireUnchanged)
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("the file was overwritten while in use");
  }

  @Test
  void aFileThatAnotherIsRenamedOverIsNoDanger() throws Exception {
    Path file = Files.write(folder.resolve("model.gguf"), TinyModel.gguf().build());
    FileStamps stamps = FileStamps.of(file);
    Path other = Files.write(folder.resolve("other.gguf"), new byte[1]);
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    assertThat(stamps.<Long>reading(() -> Files.size(file))).isEqualTo(1);
  }

  @Test
  void allPartsOfASplitModelAreLookedAt() throws Exception {
    Path first = Files.write(folder.resolve("m-00001-of-00002.gguf"), new byte[1]);
    Path second = Files.write(folder.resolve("m-00002-of-00002.gguf"), new byte[8192]);
    FileStamps stamps = FileStamps.of(first);
    stamps.requireUnchanged();
    cut(second);
    assertThatThrownBy(stamps::requireUnchanged).hasMessageContaining("m-00002-of-00002.gguf");
  }

  @Test
  void otherErrorsOfTheJvmStayWhatTheyAre() throws Exception {
    Path file = Files.write(folder.resolve("model.gguf"), TinyModel.gguf().build());
    FileStamps stamps = FileStamps.of(file);
    InternalError other = new InternalError("something else");
    assertThatThrownBy(
            () ->
                stamps.reading(
                    () -> {
                      throw other;
                    }))
        .isSameAs(other);
    assertThatThrownBy(
            () ->
                stamps.reading(
                    () -> {
                      throw new InternalError("a fault occurred in an unsafe memory access");
                    }))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("model.gguf: at byte 0: a part of the file could not be read");
  }

  @Test
  void theFilesOfAFolderAreLookedAt() throws Exception {
    TinyModel.writeHuggingFace(folder, TinyModel.huggingFaceConfig());
    FileStamps stamps = FileStamps.of(folder);
    cut(folder.resolve("model.safetensors"));
    assertThatThrownBy(stamps::requireUnchanged).hasMessageContaining("model.safetensors");
  }

  /** In a JVM of its own, which must survive. */
  @Test
  void readingBeyondTheCutIsAnErrorThatCanBeCaught() throws Exception {
    Path file = Files.write(folder.resolve("model.gguf"), TinyModel.gguf().build());
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                CutFileTest.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output)
        .contains("row: java.lang.InternalError")
        .contains("copy: java.lang.InternalError")
        .contains("caught: java.lang.InternalError")
        .contains("looked: " + file + ": at byte 4096: the file was cut while in use")
        .endsWith("alive\n");
  }

  /** Maps a model, cuts its file, and reads. */
  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[0]);
    FileStamps stamps = FileStamps.of(file);
    try (Arena arena = Arena.ofConfined()) {
      Matrix output = ModelReader.open(file, arena, LoadListener.NONE).weights().output();
      cut(file);
      report("row", () -> row(output));
      report("copy", () -> output.data().toArray(ValueLayout.JAVA_BYTE));
      reportCaught(stamps, output);
    }
    System.out.print("alive\n");
  }

  private static void report(String what, Runnable read) {
    try {
      read.run();
      System.out.println(what + ": no error");
    } catch (InternalError e) {
      System.out.println(what + ": " + e);
    }
  }

  /** The cut comes after the look at the files. */
  private static void reportCaught(FileStamps stamps, Matrix matrix) throws IOException {
    Path file = Path.of("nothing");
    try {
      FileStamps.of(file).reading(() -> row(matrix));
    } catch (MalformedModelException e) {
      System.out.println("caught: " + e.getCause());
    }
    try {
      stamps.reading(() -> row(matrix));
    } catch (MalformedModelException e) {
      System.out.println("looked: " + e.getMessage());
    }
  }

  private static float[] row(Matrix matrix) {
    float[] row = new float[matrix.columns()];
    Dequantizer.dequantize(DataType.F32, matrix.data(), 0, row, 0, row.length);
    return row;
  }

  private static void cut(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(KEPT);
    }
  }
}
