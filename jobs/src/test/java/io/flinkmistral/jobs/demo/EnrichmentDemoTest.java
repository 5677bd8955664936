package io.flinkmistral.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.TinyModel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class EnrichmentDemoTest {
  @Test
  @Timeout(120)
  void allReviewsGetALabel() throws Exception {
    assertThat(output(false).lines().toList().getLast())
        .matches("40 of 40 records, \\d+\\.\\d a second, \\{negative=\\d+, positive=\\d+}");
    assertThat(output(true)).contains("\u001b[2Knegative ", "\u001b[2Klast: I ");
  }

  private static String output(boolean terminal) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new EnrichmentDemo(new PrintStream(out, true, StandardCharsets.UTF_8), terminal)
        .run(TinyModel.PATH, 40);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theTableFitsATerminal() {
    LabelTable table = new LabelTable(2);
    table.add("a \u001b[31mreview\n" + "x".repeat(200), "positive");
    table.add("another", "");
    List<String> lines = table.lines(2);
    assertThat(lines)
        .hasSize(4)
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(81).doesNotContain("\u001b"));
    assertThat(lines.getFirst())
        .isEqualTo("2 of 2 records, 1.0 a second, {(no label)=1, positive=1}");
  }
}
