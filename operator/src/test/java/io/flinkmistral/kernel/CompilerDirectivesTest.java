package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CompilerDirectivesTest {
  /** As a directive names a method that is not to be inlined. */
  private static final Pattern APART = Pattern.compile("\"-([\\w/]+)\\.(\\w+)\\*?\"");

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
}
