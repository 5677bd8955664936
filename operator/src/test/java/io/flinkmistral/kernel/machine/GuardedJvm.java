package io.flinkmistral.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A JVM that ran kernels between {@link GuardPages}, and what became of it.
 *
 * @param code that it ended with
 */
public record GuardedJvm(int code, String output) {
  /** Runs a class's {@code main}. */
  public static GuardedJvm run(Path folder, Class<?> program, String... arguments)
      throws IOException, InterruptedException {
    ProcessBuilder java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + folder.resolve("error.log"),
            "-cp",
            System.getProperty("java.class.path"),
            program.getName());
    java.command().addAll(List.of(arguments));
    Process process = java.directory(folder.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new GuardedJvm(process.waitFor(), output);
  }

  /** It ran some kernels, which touched nothing but what they were given. */
  public void assertPassed() {
    assertThat(code).as(output).isZero();
    assertThat(output).containsPattern("[1-9][0-9]* kernels");
  }

  /** A guard page ended it, and not a wrong result. */
  public void assertStoppedByAGuardPage() {
    assertThat(code).as(output).isNotZero();
    assertThat(output)
        .contains("SIGSEGV")
        .doesNotContain("AssertionError")
        .doesNotContainPattern("[0-9] kernels");
  }
}
