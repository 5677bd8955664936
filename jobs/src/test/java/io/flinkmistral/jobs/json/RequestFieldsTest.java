package io.flinkmistral.jobs.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RequestFieldsTest {
  /** It is where users look up what becomes of a field. */
  @Test
  void readmeHoldsTheTables() throws Exception {
    String readme = Files.readString(Path.of("README.md"));
    assertHolds(readme, "fields", RequestFields.markdown());
    assertHolds(readme, "openai", RequestFields.openAiMarkdown());
  }

  private static void assertHolds(String readme, String name, String tables) {
    String begin = "<!-- %s: begin -->\n".formatted(name);
    String end = "<!-- %s: end -->\n".formatted(name);
    assertThat(readme).contains(begin, end);
    assertThat(
            readme.substring(readme.indexOf(begin) + begin.length(), readme.indexOf(end)).strip())
        .as("the tables between the markers in jobs/README.md")
        .isEqualTo(tables.strip());
  }
}
