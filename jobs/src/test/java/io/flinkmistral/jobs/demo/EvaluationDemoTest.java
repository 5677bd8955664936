package io.flinkmistral.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.jobs.TinyModel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class EvaluationDemoTest {
  @TempDir private Path folder;

  @Test
  @Timeout(120)
  void theSmallModelsQuestionsAreReportedAndCompared() throws Exception {
    Path output = folder.resolve("kept");
    String text =
        output(
            Map.of(
                "model", TinyModel.PATH.toString(),
                "against", TinyModel.PATH.toString(),
                "output", output.toString()));
    assertThat(text.lines().filter(line -> !line.contains(output.toString())))
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
    assertThat(text)
        .contains("questions  130\n", "questions  130 in both")
        .containsPattern("labels +acc +\\d+ +\\d+\\.\\d\\d")
        .doesNotContain("answers have changed")
        .endsWith("are in %s%n".formatted(output));
    assertThat(output.resolve("results-report/report.svg")).isNotEmptyFile();
    assertThatThrownBy(() -> output(Map.of("output", output.toString())))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  private String output(Map<String, String> settings) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new EvaluationDemo(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            name -> settings.getOrDefault(name, ""))
        .run(Files.createTempDirectory(folder, "demo"));
    return out.toString(StandardCharsets.UTF_8);
  }
}
