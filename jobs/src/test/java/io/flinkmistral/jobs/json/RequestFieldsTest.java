package io.flinkmistral.jobs.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RequestFieldsTest {
  private static final String BEGIN = "<!-- fields: begin -->\n";
  private static final String END = "<!-- fields: end -->\n";

  /** It is where users look up what becomes of a field. */
  @Test
  void readmeHoldsTheTables() throws Exception {
    String readme = Files.readString(Path.of("README.md"));
    assertThat(readme).contains(BEGIN, END);
    assertThat(
            readme.substring(readme.indexOf(BEGIN) + BEGIN.length(), readme.indexOf(END)).strip())
        .as("the tables between the markers in jobs/README.md")
        .isEqualTo(RequestFields.markdown().strip());
  }
}
