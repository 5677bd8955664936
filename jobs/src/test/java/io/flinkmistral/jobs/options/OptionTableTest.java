package io.flinkmistral.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OptionTableTest {
  private static final String BEGIN = "<!-- options: begin -->\n";
  private static final String END = "<!-- options: end -->\n";

  /** The README is where users find the defaults, so this pins them, too. */
  @Test
  void readmeHoldsTheTable() throws Exception {
    String readme = Files.readString(Path.of("README.md"));
    assertThat(readme).contains(BEGIN, END);
    assertThat(
            readme.substring(readme.indexOf(BEGIN) + BEGIN.length(), readme.indexOf(END)).strip())
        .as("the table between the markers in jobs/README.md")
        .isEqualTo(OptionTable.markdown().strip());
  }

  @Test
  void everyOptionIsDescribed() {
    assertThat(OptionTable.options())
        .allSatisfy(o -> assertThat(o.description().getBlocks()).as(o.key()).isNotEmpty());
  }

  @Test
  void helpFitsATerminal() {
    assertThat(OptionTable.help().lines()).allSatisfy(l -> assertThat(l).hasSizeLessThan(81));
    assertThat(OptionTable.help())
        .contains("  --kv.page-tokens (16)\n      Tokens in a page")
        .contains("  --kafka.property.*\n")
        .contains("  --kafka.transaction-timeout (14 min)\n");
  }
}
