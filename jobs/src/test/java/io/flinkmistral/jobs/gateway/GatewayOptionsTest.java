package io.flinkmistral.jobs.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import io.flinkmistral.jobs.options.OptionTable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatewayOptionsTest {
  private static final String BEGIN = "<!-- options: begin -->\n";
  private static final String END = "<!-- options: end -->\n";

  @Test
  void theReadmeHasTheTableOfAllOptions() throws Exception {
    String readme = Files.readString(Path.of("GATEWAY.md"), StandardCharsets.UTF_8);
    assertThat(readme.substring(readme.indexOf(BEGIN) + BEGIN.length(), readme.indexOf(END)))
        .isEqualTo(OptionTable.markdown(List.of(GatewayOptions.CHECKED)));
  }
}
