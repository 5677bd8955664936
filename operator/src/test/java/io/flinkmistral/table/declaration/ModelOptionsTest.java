package io.flinkmistral.table.declaration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.apache.flink.util.TimeUtils;
import org.junit.jupiter.api.Test;

/** The document's table of options is that of the code. */
class ModelOptionsTest {
  private static final Path DOCUMENT = Path.of("../jobs/SQL.md");
  private static final String BEGIN = "<!-- options: begin -->\n";
  private static final String END = "<!-- options: end -->";

  @Test
  void theDocumentHasAllOptions() throws Exception {
    String document = Files.readString(DOCUMENT);
    String table =
        document.substring(document.indexOf(BEGIN) + BEGIN.length(), document.indexOf(END));
    assertThat(table).isEqualTo(markdown());
  }

  private static String markdown() {
    return "| option | default | allowed | meaning |\n|---|---|---|---|\n"
        + ModelOptions.CHECKED.options().stream()
            .map(ModelOptionsTest::line)
            .collect(Collectors.joining())
        + "| of the engine: %s | | | [options of the job](README.md#options) |\n"
            .formatted(
                EngineOptions.all().stream()
                    .map(option -> "`" + option.key() + "`")
                    .collect(Collectors.joining(", ")));
  }

  private static String line(ConfigOption<?> option) {
    return "| `%s` | %s | %s | %s |\n"
        .formatted(
            option.key(),
            defaultText(option),
            ModelOptions.CHECKED.words(option),
            new HtmlFormatter().format(option.description()).replace("|", "\\|"));
  }

  private static String defaultText(ConfigOption<?> option) {
    return switch (option.defaultValue()) {
      case null -> "";
      case Duration time -> "`" + TimeUtils.formatWithHighestUnit(time) + "`";
      case Object value
          when List.of("", "0").contains(value.toString()) && value instanceof String ->
          "";
      case Object value -> "`" + value + "`";
    };
  }
}
