package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MissingModuleTest {
  /** What {@link #saysWhichFlagToAdd} runs in a JVM of its own. */
  static final class Program {
    public static void main(String[] args) {
      try {
        System.out.println(Kernels.best());
      } catch (IllegalStateException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void saysWhichFlagToAdd() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName())
            .redirectErrorStream(true)
            .start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).isZero();
    assertThat(output)
        .hasLineCount(1)
        .startsWith("add --add-modules=jdk.incubator.vector to the flags of this JVM");
  }
}
