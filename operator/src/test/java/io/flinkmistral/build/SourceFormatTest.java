package io.flinkmistral.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SourceFormatTest {
  @Test
  void sourcesAreFormatted() throws Exception {
    for (String module : new String[] {"operator", "jobs"}) {
      assertThat(SourceFormat.unformatted(Path.of("..", module, "src")))
          .as("files to be formatted with `mvn -q -Pformat`")
          .isEmpty();
    }
  }
}
