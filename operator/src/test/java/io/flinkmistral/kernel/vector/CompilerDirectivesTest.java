package io.flinkmistral.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CompilerDirectivesTest {
  /** As a directive names a method that is not to be inlined. */
  private static final Pattern APART = Pattern.compile("\"-([\\w/]+)\\.(\\w+)\\*?\"");

  /** What a directive is for, and what it says of which compiler. */
  private static final Pattern DIRECTIVE =
      Pattern.compile("\\{ match: \\[(.*?)], (c[12]): \\{ (.*) } }");

  private static final Pattern QUOTED = Pattern.compile("\"([^\"]+)\"");

  @Test
  void whatIsToBeCompiledApartExists() throws ClassNotFoundException {
    List<MatchResult> apart =
        APART.matcher(CompilerDirectives.compileProductsInParts()).results().toList();
    assertThat(apart).isNotEmpty();
    for (MatchResult method : apart) {
      Class<?> type = Class.forName(method.group(1).replace('/', '.'));
      assertThat(Arrays.stream(type.getDeclaredMethods()))
          .as("methods of %s", type)
          .anyMatch(declared -> declared.getName().startsWith(method.group(2)));
    }
  }

  @Test
  void hotSpotTakesEachDirectiveAsItIsMeant() throws Exception {
    List<String> taken =
        Arrays.stream(printed().split("(?m)^Directive:")).filter(d -> !d.isBlank()).toList();
    List<String> given =
        List.of(
            CompilerDirectives.compileKernelsWithC2Only(),
            CompilerDirectives.compileProductsInParts(),
            CompilerDirectives.keepVectorClassesFromC2());
    assertThat(taken).as("ours, and the default").hasSize(given.size() + 1);
    assertThat(given).allSatisfy(ours -> assertThat(taken).anyMatch(theirs -> says(theirs, ours)));
  }

  private static boolean says(String printed, String given) {
    MatchResult directive = DIRECTIVE.matcher(given).results().findFirst().orElseThrow();
    String matching = printed.lines().filter(line -> line.contains("matching:")).findFirst().get();
    String compiler =
        printed.split("c1 directives:|c2 directives:")[directive.group(2).equals("c1") ? 1 : 2];
    String what = directive.group(3);
    boolean excluded = what.equals("Exclude: true");
    return names(directive.group(1)).stream().allMatch(matching::contains)
        && compiler.contains("Exclude:" + excluded)
        && (excluded || names(what).stream().allMatch(compiler::contains));
  }

  private static List<String> names(String quoted) {
    return QUOTED.matcher(quoted).results().map(name -> name.group(1)).toList();
  }

  private static String printed() throws IOException, InterruptedException {
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                PrintedDirectives.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      String printed = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(jvm.waitFor()).isZero();
      return printed;
    } finally {
      jvm.destroyForcibly();
    }
  }
}
