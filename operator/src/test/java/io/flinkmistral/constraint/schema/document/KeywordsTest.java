package io.flinkmistral.constraint.schema.document;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.constraint.schema.text.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 10, unit = TimeUnit.SECONDS)
final class KeywordsTest {
  /** The document is where users find what is enforced. */
  @Test
  void everyWordStandsInTheDocument() throws IOException {
    String document = Files.readString(Path.of("..", "jobs", "STRUCTURED_OUTPUT.md"));
    Stream<String> keywords = Stream.concat(Keywords.ENFORCED.stream(), Keywords.REFUSED.stream());
    Stream<String> formats =
        Stream.concat(Arrays.stream(Format.values()).map(Format::word), Format.REFUSED.stream());
    assertThat(Stream.concat(keywords, formats))
        .allSatisfy(word -> assertThat(document).contains("`" + word + "`"));
  }
}
