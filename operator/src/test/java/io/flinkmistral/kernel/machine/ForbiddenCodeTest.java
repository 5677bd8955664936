package io.flinkmistral.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where the system lets no memory become executable, as hardened containers do. */
@Timeout(60)
class ForbiddenCodeTest {
  private static final int PR_SET_MDWE = 65;
  private static final int NOT_HERE = 7;

  /** Has the system forbid it to this process, and asks what there is then. */
  static final class Program {
    public static void main(String[] args) throws Throwable {
      ValueLayout.OfLong l = ValueLayout.JAVA_LONG;
      Linker linker = Linker.nativeLinker();
      int refused =
          (int)
              linker
                  .downcallHandle(
                      linker.defaultLookup().findOrThrow("prctl"),
                      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, l, l, l, l),
                      Linker.Option.firstVariadicArg(1))
                  .invokeExact(PR_SET_MDWE, 1L, 0L, 0L, 0L);
      if (refused != 0) {
        System.exit(NOT_HERE);
      }
      System.out.println(Host.get());
    }
  }

  @Test
  void thereIsNoMachineCodeAndTheReasonIsSaid() throws Exception {
    Assumptions.assumeFalse(Host.get().instructionSets().isEmpty());
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                // The JVM could not make its own room for code larger then.
                "-XX:ReservedCodeCacheSize=32m",
                "-XX:InitialCodeCacheSize=32m",
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    Assumptions.assumeFalse(code == NOT_HERE, "this kernel has no PR_SET_MDWE");
    assertThat(code).as(output).isZero();
    assertThat(output)
        .contains("instructionSets=[]")
        .contains("this system lets no memory become executable (mprotect)");
  }
}
